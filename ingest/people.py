r"""Accounts to persons, as of the event's time: a table of segments and the key that an event is joined to it by.

An account is a user and the first label of its domain, in lower case, so that KOMMUN\anna.b and anna.b@kommun.example
are one. A log that names no domain means whatever account has that user, if it is one person's at that time: an
account that two persons could mean is nobody's rather than guessed. A directory's account without domain (also a SID
or an HSA-id) belongs to the settings' domains, or to any.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from schemas.event import TIMESTAMP
from schemas.people import Directory

SEGMENTS = pa.schema(
    [
        ("key", pa.string()),  # user@label; user@ without a domain; user@* of an account of any domain
        ("valid_from", TIMESTAMP),
        ("valid_to", TIMESTAMP),
        ("person", pa.string()),
        ("kind", pa.string()),
        ("unit", pa.string()),
        ("role", pa.string()),
    ]
)
FAR = datetime.max.replace(tzinfo=UTC)
_ANY = "*"
_HELD = ("person", "kind", "unit", "role")


def segments(directory: Directory) -> pa.Table:
    """Who each key means, and when: SEGMENTS. The periods of a key don't overlap, so a join can't double a row."""
    labels = _labels(directory)
    people: dict[str, list[dict[str, Any]]] = {}
    for row in directory.people.select(["person", "kind", "unit", "role", "valid_from", "valid_to"]).to_pylist():
        people.setdefault(row["person"], []).append({**row, "valid_to": row["valid_to"] or FAR})
    claims: dict[str, list[tuple[bool, dict[str, Any]]]] = {}
    for account in directory.accounts.to_pylist():
        account["valid_to"] = account["valid_to"] or FAR
        user, label = split(account["account"])
        pieces = list(_with_person(account, people.get(account["person"], ())))
        for key, own in _keys(user, label, labels, directory.domains):
            claims.setdefault(key, []).extend((own, piece) for piece in pieces)
    rows = [{"key": key, **row} for key, found in claims.items() for row in _settled(found)]
    return pa.Table.from_pylist(rows, SEGMENTS)


def key_expression(directory: Directory) -> str:
    """SQL over actor_account and actor_domain that gives the key to join SEGMENTS by."""
    label = (
        "lower(split_part(CASE WHEN actor_domain IS NOT NULL THEN actor_domain"
        " WHEN instr(actor_account, '@') > 1 THEN split_part(actor_account, '@', 2) ELSE '' END, '.', 1))"
    )
    user = (
        "lower(CASE WHEN actor_domain IS NULL AND instr(actor_account, '@') > 1"
        " THEN split_part(actor_account, '@', 1) ELSE actor_account END)"
    )
    if directory.domains:
        return f"{user} || '@' || {label}"
    known = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted({"", *_labels(directory)}))
    return f"{user} || '@' || CASE WHEN {label} IN ({known}) THEN {label} ELSE '{_ANY}' END"


def split(account: str) -> tuple[str, str]:
    """User and domain label of an account as a directory spells it; the label is empty where there is no domain."""
    text = account.strip().lower()
    if "\\" in text:
        domain, _, user = text.partition("\\")
        return user, domain.split(".")[0]
    user, at, domain = text.partition("@")
    return (user, domain.split(".")[0]) if user and at else (text, "")


def _labels(directory: Directory) -> set[str]:
    named = {domain.strip().lower().split(".")[0] for domain in directory.domains}
    return (named | {split(account)[1] for account in directory.accounts["account"].to_pylist()}) - {""}


def _keys(user: str, label: str, labels: set[str], domains: tuple[str, ...]) -> Iterable[tuple[str, bool]]:
    """The keys that an account is found by, and whether each is its own or one that others may claim better."""
    yield f"{user}@{label}", True
    if label:
        yield f"{user}@", False
        return
    own = {domain.strip().lower().split(".")[0] for domain in domains} or labels
    for other in own:
        yield f"{user}@{other}", False
    if not domains:
        yield f"{user}@{_ANY}", False


def _with_person(account: dict[str, Any], person: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """An account's period, cut where its person's unit, role or kind changed. What the account itself says wins."""
    known = sorted(person, key=lambda row: row["valid_from"])
    edges = {account["valid_from"], account["valid_to"]}
    edges |= {row[edge] for row in known for edge in ("valid_from", "valid_to")}
    inside = sorted(edge for edge in edges if account["valid_from"] <= edge <= account["valid_to"])
    for start, stop in pairwise(inside):
        held: dict[str, Any] = next((row for row in known if row["valid_from"] <= start < row["valid_to"]), {})
        said = {name: account[name] if account[name] is not None else held.get(name) for name in _HELD}
        yield {"valid_from": start, "valid_to": stop, **said}


def _settled(claims: list[tuple[bool, dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    """The claims on one key, cut so that no two overlap; where they mean different persons there is nobody."""
    if len(claims) == 1:
        yield claims[0][1]
        return
    edges = sorted({row[edge] for _, row in claims for edge in ("valid_from", "valid_to")})
    for start, stop in pairwise(edges):
        held = [(own, row) for own, row in claims if row["valid_from"] <= start < row["valid_to"]]
        best = [row for own, row in held if own] or [row for _, row in held]
        if len({row["person"] for row in best}) == 1:
            same = {name: best[0][name] if len({row[name] for row in best}) == 1 else None for name in _HELD}
            yield {"valid_from": start, "valid_to": stop, **same}
