"""What the full path knows beside the records: 2,000 people, a register of 200 rules, and a key."""

import pyarrow as pa

from ingest.identity import Key
from ingest.knowledge import Knowledge
from schemas.people import Directory
from schemas.register import Register, specificity
from schemas.tables import ALWAYS, TABLES
from tests.bench.records import PERSONS

# Where the rules' assets lie, and how many rules lie there: a web application, document sites and a file server.
PLACES = {
    "/verksamhet/enhet{n}/": 80,
    "https://aviken.sharepoint.example/sites/enhet{n}/": 80,
    "\\\\FS01\\Verksamhet$\\enhet{n}\\": 40,
}


def knowledge() -> Knowledge:
    """Everything that a municipality would load."""
    return Knowledge(_register(), _directory(), Key(bytes(range(32))))


def _register() -> Register:
    patterns = [place.format(n=n) for place, count in PLACES.items() for n in range(count)]
    assets = [
        {"asset": f"asset-{n}", "name": f"Tillgång {n}", "controller": f"Nämnd {n % 8}", "k": n % 4, "r": 2, "t": 1}
        for n in range(len(patterns))
    ]
    rules = [
        {
            "rule": n,
            "asset": f"asset-{n}",
            "kind": "path",
            "pattern": pattern,
            "specificity": specificity("path", pattern, None, None),
        }
        for n, pattern in enumerate(patterns)
    ]
    rules.sort(key=lambda rule: -int(str(rule["specificity"])))
    return Register(_table("assets", assets), _table("asset_rules", rules), "bench")


def _directory() -> Directory:
    people = [{"person": f"p{n}", "kind": "staff", "unit": f"u{n % 80}", "role": "handläggare"} for n in range(PERSONS)]
    accounts = [{"account": f"AVIKEN\\anna.{n}", "person": f"p{n}"} for n in range(PERSONS)]
    return Directory(_table("people", people), _table("accounts", accounts), version="bench")


def _table(name: str, rows: list[dict[str, object]]) -> pa.Table:
    """ROWS of the table NAME, in force always."""
    schema = TABLES[name].schema
    dated = [{"valid_from": ALWAYS, "known_from": ALWAYS, **row} for row in rows]
    return pa.Table.from_pylist(dated, schema=schema)
