"""The settings, register, directory and context of the town whose lake is aged: what sparhund is told of the facts."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas import settings
from schemas.settings import Settings
from tests.soak.facts import ACCOUNTS, ACTIONS, OBJECTS, SYSTEMS, moved, numbers

COLUMNS = {
    "time": "tid",
    "source_event_id": "id",
    "actor_account": "konto",
    "actor_unit": "enhet",
    "action": "act",
    "outcome": "res",
    "purpose": "syfte",
    "object_id": "akt",
    "object_path": "sokvag",
    "subject": "pnr",
    "src_ip": "ip",
    "src_host": "dator",
    "device": "enhetsid",
    "target_account": "mottagare",
    "target_group": "grupp",
    "change_field": "falt",
    "change_before": "fore",
    "change_after": "efter",
}
KEY = b"a key that is known to all, 32 b"
SILENT_AFTER_S = 7200

_SETTINGS = """
[identity]
key = "identity.key"
[register]
assets = ["register.toml"]
[people]
folder = "people"
domains = ["KOMMUN"]
[context]
folder = "context"
"""
_ASSET = """
[[asset]]
asset = "{0}"
name = "{0}"
controller = "{controller}"
k = {k}
r = {r}
t = {t}
systems = ["{system}"]
personal_data = "sensitive"
"""


def write(folder: Path, *, wrong: bool, corrected: bool) -> Settings:
    """The settings below FOLDER, with all that they name: the mapping's words WRONG or not, the register CORRECTED."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "identity.key").write_bytes(KEY)
    (folder / "settings.toml").write_text(_SETTINGS + "".join(_source(name, wrong) for name in SYSTEMS))
    (folder / "register.toml").write_text(_register(corrected))
    (folder / "people").mkdir(exist_ok=True)
    (folder / "context").mkdir(exist_ok=True)
    at = moved().astimezone(UTC).isoformat().replace("+00:00", "Z")
    people, accounts = ["person,unit,kind,valid_from"], ["account,person,kind,valid_from,valid_to"]
    accounts.append("a000,,robot,2020-01-01,")
    for n in range(1, ACCOUNTS):
        people.append(f"P{n},U{n % 12},staff,2020-01-01")
        if n % 10 == 0:
            people.append(f"P{n + 500},U9,staff,2020-01-01")
            accounts += [f"a{n:03},P{n},,2020-01-01,{at}", f"a{n:03},P{n + 500},,{at},"]
        else:
            accounts.append(f"a{n:03},P{n},,2020-01-01,")
    (folder / "people" / "people.csv").write_text("\n".join(people) + "\n")
    (folder / "people" / "accounts.csv").write_text("\n".join(accounts) + "\n")
    about = ["system,object_id,subject,valid_from,valid_to"]
    about += [f"{row['system']},{row['object_id']},{row['number']},2020-01-01,{row['until']}" for row in things_about()]
    (folder / "context" / "object_subject.csv").write_text("\n".join(about) + "\n")
    return settings.load(folder / "settings.toml")


def things_about() -> list[dict[str, Any]]:
    """Which things are about whom: every ninth, half of them until the account's other holder came."""
    until = moved().astimezone(UTC).isoformat().replace("+00:00", "Z")
    return [
        {
            "system": "Lindan",
            "object_id": f"A-{n:04}",
            "number": numbers()[n % len(numbers())],
            "until": until if n % 2 else "",
        }
        for n in range(0, OBJECTS, 9)
    ]


def tokens() -> dict[str, str]:
    """The token of each personal number."""
    return {number: "p_" + hmac.new(KEY, number.encode(), hashlib.sha256).hexdigest()[:32] for number in numbers()}


def held_accounts() -> list[dict[str, Any]]:
    """The directory's accounts, as questions look in them."""
    always = datetime(2019, 12, 31, 23, tzinfo=UTC)
    rows: list[dict[str, Any]] = [{"account": "a000", "person": None, "from": always, "to": None}]
    for n in range(1, ACCOUNTS):
        name = f"a{n:03}"
        rows.append({"account": name, "person": f"P{n}", "from": always, "to": None if n % 10 else moved()})
        if n % 10 == 0:
            rows.append({"account": name, "person": f"P{n + 500}", "from": moved(), "to": None})
    return rows


def _source(name: str, wrong: bool) -> str:
    said = f'\n[sources.{name}]\nsystem = "{SYSTEMS[name]}"\nzone = "UTC"\nsilent_after_s = {SILENT_AFTER_S}\n'
    if name == "auth":
        return f'{said}mapping = "linux_auth"\nlogs = ["login"]\n'
    wrong = wrong and name == "journal"
    words = {word: means[wrong] for word, means in ACTIONS.items() if means[wrong] != "other"}
    outcomes = {"OK": "success"} if wrong else {"OK": "success", "Nekad": "failure"}
    params = {
        "columns": json.dumps(COLUMNS),
        "words": json.dumps({"action": words, "outcome": outcomes}, ensure_ascii=False),
        "constants": json.dumps({"object_type": "journal"}),
    }
    logs = 'logs = ["read", "update", "export"]\n' if name == "journal" else ""
    overlap = f"overlap_s = {int(timedelta(hours=1).total_seconds())}\n" if name == "pull" else ""
    listed = "".join(f"{key} = '{value}'\n" for key, value in params.items())
    return f'{said}mapping = "table_csv"\ndecoder = "ndjson"\n{logs}{overlap}[sources.{name}.params]\n{listed}'


def assets(*, corrected: bool) -> list[dict[str, Any]]:
    """The register's assets."""
    care, social = "Vård- och omsorgsnämnden", "Socialnämnden" if corrected else "Kommunstyrelsen"
    rows = [
        {"asset": "omsorgsjournal", "controller": care, "k": 3 if corrected else 1, "r": 2, "t": 2, "system": "Lindan"},
        {"asset": "socialakt", "controller": social, "k": 2, "r": 2, "t": 1, "system": "Kvarnen"},
        {"asset": "plan", "controller": social, "k": 2, "r": 0, "t": 0, "system": "Pärmen"},
    ]
    moved_out = {"asset": "vardakt", "controller": care, "k": 3, "r": 3, "t": 3, "system": "Lindan"}
    return [*rows, moved_out] if corrected else rows


def _register(corrected: bool) -> str:
    rules = {
        "omsorgsjournal": 'system = "Lindan"\n',
        "socialakt": 'system = "Kvarnen"\nid = "A-*"\n',
        "plan": 'system = "Pärmen"\n',
        "vardakt": 'system = "Lindan"\nid = "A-00*"\n',
    }
    return "".join(
        _ASSET.format(row["asset"], **row) + f"[[asset.rule]]\n{rules[row['asset']]}"
        for row in assets(corrected=corrected)
    )
