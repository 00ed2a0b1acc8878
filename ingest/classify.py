"""Objects to information assets, and their levels as of the event's time: pieces of the normalising statement."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from schemas.register import Register
from schemas.tables import ALWAYS, ASSETS

LEVELS = pa.schema([field for field in ASSETS.schema if field.name in {"asset", "controller", "k", "r", "t", "s"}]).append(
    pa.field("valid_from", ASSETS.schema.field("valid_from").type)
).append(pa.field("valid_to", ASSETS.schema.field("valid_to").type))

NONE = "NULL::VARCHAR"  # the expression where no rule applies

Period = tuple[datetime, datetime | None]


def asset_expression(register: Register, system: str) -> str:
    """SQL that names the asset of an object of SYSTEM at a time, or NULL.

    Shape:   one CASE, most specific rule first, over the columns time, object_type, object_id and path_key (see
             `path_key_expression`); rules of other systems are left out. A rule counts only while its asset stands in the register.
    """
    held = _periods_of_assets(register)
    names = ("asset", "system", "object_type", "kind", "pattern", "valid_from", "valid_to")
    whens = []
    for rule in register.rules.select(names).to_pylist():
        if rule["system"] is not None and rule["system"].casefold() != system.casefold():
            continue
        periods = list(_common((rule["valid_from"], rule["valid_to"]), held[rule["asset"]]))
        if periods:
            conditions = [*_object_conditions(rule), *_time_condition(periods)]
            whens.append(f"WHEN {' AND '.join(conditions) or 'true'} THEN {_literal(rule['asset'])}")
    return f"CASE {' '.join(whens)} END" if whens else NONE


def path_key_expression(column: str) -> str:
    """A path as patterns are compared with it: lower case, / for every \\."""
    return f"lower(replace({column}, '\\', '/'))"


def levels(register: Register) -> pa.Table:
    """The classification of each asset and period, to be joined on asset and time; open periods end after every event."""
    far = pa.scalar(datetime.max, LEVELS.field("valid_to").type)
    rows = register.assets.select(LEVELS.names)
    return rows.set_column(len(LEVELS) - 1, LEVELS.field("valid_to"), rows["valid_to"].fill_null(far))


def _object_conditions(rule: dict[str, Any]) -> Iterable[str]:
    if rule["object_type"] is not None:
        yield f"lower(object_type) = {_literal(rule['object_type'].lower())}"
    if rule["pattern"] is not None:
        pattern = rule["pattern"].lower()
        if rule["kind"] == "id":
            yield from _matching("lower(object_id)", pattern, any_character=".")
        elif rule["kind"] == "glob":
            yield from _matching("path_key", pattern.replace("\\", "/"), any_character="[^/]")
        else:
            yield f"starts_with(path_key, {_literal(pattern.replace(chr(92), '/'))})"


def _matching(column: str, pattern: str, any_character: str) -> Iterable[str]:
    """COLUMN against a glob: a plain comparison where that is enough, else its literal beginning before the expression."""
    beginning = re.split(r"[*?]", pattern, maxsplit=1)[0]
    if beginning == pattern:
        yield f"{column} = {_literal(pattern)}"
        return
    if beginning:
        yield f"starts_with({column}, {_literal(beginning)})"
    if pattern[len(beginning) :] not in ("**", "*" if any_character == "." else "**"):
        words = {"**": "(?s:.*)", "*": f"(?s:{any_character}*)", "?": f"(?s:{any_character})"}
        parts = re.split(r"(\*\*|\*|\?)", pattern)
        expression = "".join(words.get(part, re.escape(part)) for part in parts)
        yield f"regexp_full_match({column}, {_literal(expression)})"


def _periods_of_assets(register: Register) -> dict[str, list[Period]]:
    """The periods in which each asset stands in the register, those that meet joined into one."""
    found: dict[str, list[Period]] = {}
    rows = register.assets.select(["asset", "valid_from", "valid_to"]).sort_by("valid_from").to_pylist()
    for row in rows:
        periods = found.setdefault(row["asset"], [])
        if periods and periods[-1][1] == row["valid_from"]:
            periods[-1] = (periods[-1][0], row["valid_to"])
        else:
            periods.append((row["valid_from"], row["valid_to"]))
    return found


def _common(one: Period, others: list[Period]) -> Iterable[Period]:
    for other in others:
        start = max(one[0], other[0])
        stops = [stop for stop in (one[1], other[1]) if stop is not None]
        if not stops or start < min(stops):
            yield start, min(stops, default=None)


def _time_condition(periods: list[Period]) -> Iterable[str]:
    """Nothing for a rule that always holds, which is the usual one."""
    texts = []
    for start, stop in periods:
        bounds = [] if start <= ALWAYS else [f"time >= TIMESTAMPTZ '{start.isoformat()}'"]
        bounds += [] if stop is None else [f"time < TIMESTAMPTZ '{stop.isoformat()}'"]
        if not bounds:
            return
        texts.append(f"({' AND '.join(bounds)})")
    yield f"({' OR '.join(texts)})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
