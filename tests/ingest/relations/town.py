"""A few made-up residents, with numbers of the series that is kept for tests (birth numbers 980-999)."""

from datetime import date

import duckdb

from ingest import identity
from ingest.relations.build import build
from schemas.settings import parse

NAMES = ("anna", "bo", "cia", "dan", "eva", "fia", "gun", "hed", "ivar", "jan")
HEADER = "number;other_number;surname;street;apartment;postal_code;city;property;moved_in;moved_out;protected;deceased"
HEADER += ";relation_number;relation;relation_from;relation_to"
FIELDS = HEADER.split(";")


def number(born, serial=980, coordination=False):
    nine = f"{born:%y%m}{born.day + 60 * coordination:02}{serial:03}"
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(nine))
    return f"{born:%Y}"[:2] + nine + str(-total % 10)


NUMBERS = {name: number(date(1980, 1, at + 1)) for at, name in enumerate(NAMES)}


class Town:
    """A lake, a context folder, and files that say what each test needs."""

    def __init__(self, root, **relations):
        self.root = root
        (root / "lake").mkdir(exist_ok=True)
        (root / "context").mkdir(exist_ok=True)
        if not (root / "lake" / "identity.key").exists():
            identity.create_key(root / "lake" / "identity.key")
        self.document = {
            "lake": {"root": str(root / "lake")},
            "context": {"folder": str(root / "context")},
            "detection": {"relations_decision": "KS 2026/123"},
            "relations": relations,
        }
        self.numbers = dict(NUMBERS)

    @property
    def settings(self):
        return parse(self.document)

    def register(self, *rows):
        """An export of ROWS; what names a person stands for her number."""
        lines = [HEADER]
        for row in rows:
            cells = {name: self.numbers.get(value, value) for name, value in row.items()}
            lines.append(";".join(cells.get(name, "") for name in FIELDS))
        path = self.root / "register.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def staff(self, *names):
        path = self.root / "staff.csv"
        path.write_text("person;number\n" + "".join(f"staff_{name};{self.numbers[name]}\n" for name in names))
        return path

    def build(self, rows, staff=("anna",), **options):
        return build(self.settings, [self.register(*rows)], [self.staff(*staff)], **options)

    def table(self, name):
        """The rows of a table that was written, with names in place of tokens; empty = nothing."""
        connection = duckdb.connect()
        identity.prepare(connection, identity.read_key(self.root / "lake" / "identity.key"))
        names = {
            connection.execute("SELECT pn_token($1)", [spelt]).fetchone()[0]: name
            for name, spelt in self.numbers.items()
        }
        path = self.root / "context" / f"{name}.csv"
        lines = [line.replace('"', "").split(",") for line in path.read_text().splitlines()]
        return [{key: names.get(value, value) for key, value in zip(lines[0], line, strict=True)} for line in lines[1:]]

    def pairs(self):
        """The pairs besides self: employee, other, kind, from, to."""
        return {
            (row["person"].removeprefix("staff_"), row["subject"], row["kind"], row["valid_from"], row["valid_to"])
            for row in self.table("kin")
            if row["kind"] != "self"
        }


def home(name, street, **more):
    return {"number": name, "street": street, "postal_code": "123 45", "city": "Byn", **more}


def related(name, relation, other, since="", until="", **more):
    return {
        "number": name,
        "relation": relation,
        "relation_number": other,
        "relation_from": since,
        "relation_to": until,
        **more,
    }
