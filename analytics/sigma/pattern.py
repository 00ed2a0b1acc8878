"""Regular expressions of rules: whether RE2 takes them, and the text that whatever they match must hold."""

import re
from functools import cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import duckdb
import pyarrow as pa


@cache
def reason_against(pattern: str) -> str:
    """Why RE2, in which patterns run, doesn't take PATTERN; empty: it does.

    Python's own engine, which pySigma holds patterns to, also takes look-arounds, back references and atomic groups;
    those would make the time for one event unbounded.
    """
    try:
        _engine().execute("SELECT regexp_matches('', $1)", [pattern]).fetchall()
    except duckdb.Error as error:
        said = str(error).splitlines()[0].lower()
        for sign, reason in _REASONS.items():
            if sign in said:
                return reason
        return "RE2 does not take it"
    return ""


_REASONS = {
    "invalid perl operator: (?": "look-around or an unknown group, which RE2 has not",
    "invalid or unsupported perl syntax": "look-around or an unknown group, which RE2 has not",
    "trailing": "a backslash at its end that escapes nothing",
    "invalid escape sequence": "an escape that RE2 has not (a back reference?)",
    "repetition": "a repetition that RE2 has not",
    "missing": "a bracket is missing",
    "unexpected": "a bracket too many",
    "character class": "a character class that RE2 has not",
}


def wanted_text(pattern: str) -> str:
    """The longest text, in lower case, that all that PATTERN matches holds (case aside); empty: none is known."""
    if "[:" in pattern:  # POSIX classes are RE2's alone, and read as something else here
        return ""
    try:
        parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return ""
    if parsed.state.flags & re.VERBOSE:
        return ""
    best = run = ""
    for part in [*_runs(parsed), None]:
        # Of what isn't ASCII, RE2 may fold to more than the lower case.
        if part is None or not part.isascii():
            best, run = max(best, run, key=len), ""
        else:
            run += part
    return best.lower()


def _runs(parsed: Any) -> list[str | None]:
    """The characters that stand one after another; None wherever something else may stand between."""
    found: list[str | None] = []
    for operator, argument in parsed:
        match operator:
            case _constants.LITERAL:
                found.append(chr(argument))
            case _constants.SUBPATTERN:
                _group, added, _removed, inner = argument
                found += [None, *_runs(inner), None] if added else _runs(inner)
            case _constants.MAX_REPEAT | _constants.MIN_REPEAT:
                least, most, inner = argument
                if least >= 1:
                    found += _runs(inner)
                if least != 1 or most != 1:
                    found.append(None)
            case _constants.AT:
                pass
            case _:
                found.append(None)
    return found


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def lowered(text: str) -> str:
    """TEXT in lower case, as DuckDB's `lower` makes it: what is held to it is made so."""
    if text.isascii():
        return text.lower()
    [(found,)] = _engine().execute("SELECT lower($1)", [text]).fetchall()
    return str(found)


def lowered_values(values: pa.Array) -> pa.Array:
    """Each of VALUES as `lowered` makes it."""
    engine = _engine()
    engine.register("given_values", pa.table({"place": range(len(values)), "value": values}))
    found = engine.sql("SELECT lower(value) AS value FROM given_values ORDER BY place").to_arrow_table()
    engine.unregister("given_values")
    return found["value"].cast(pa.large_string()).combine_chunks()
