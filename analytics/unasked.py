"""A question without the conditions of parameters that nobody gave, and without the wall clock if it doesn't read it.

`($system IS NULL OR system = $system)` holds for all where no system is asked for, and so does `(NOT $reads OR …)`
where it is false. DuckDB finds that out each time: to read and bind some thirty such conditions took half of what a
question about one thing takes. And of each `events` it binds columns of Sweden's wall clock, which few questions read.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_IDLE = re.compile(r"(?<!\w)\((?:\$(?P<null>[a-z_]+) IS NULL|NOT \$(?P<false>[a-z_]+)) OR ")
_WALL_CLOCK = re.compile(r"local_|(?<!count\()\*")  # or all columns
_EVENTS = re.compile(r"\b(FROM|JOIN) events\b")
_NAMED = re.compile(r"\$([a-z_]+)")
# What a parenthesis in it says nothing: texts, quoted names, comments.
_MARK = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|[()]")


def asked(sql: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """SQL without what isn't asked by VALUES (TRUE for each condition), and the values that it still names."""
    nulls = frozenset(name for name, value in values.items() if value is None)
    falses = frozenset(name for name, value in values.items() if value is False)
    text, named = _asked(sql, nulls, falses)
    return text, {name: value for name, value in values.items() if name in named}


@lru_cache(1024)
def _asked(sql: str, nulls: frozenset[str], falses: frozenset[str]) -> tuple[str, frozenset[str]]:
    parts, kept, at = [], 0, 0
    while found := _IDLE.search(sql, at):
        at = found.end()
        if found["null"] in nulls or found["false"] in falses:
            at = _closed(sql, found.start())
            parts += [sql[kept : found.start()], "TRUE"]
            kept = at
    text = "".join([*parts, sql[kept:]])
    if not _WALL_CLOCK.search(text):
        text = _EVENTS.sub(r"\1 clockless_events", text)
    return text, frozenset(_NAMED.findall(text))


def _closed(sql: str, opening: int) -> int:
    """Behind the parenthesis that closes the one at OPENING."""
    depth = 0
    for mark in _MARK.finditer(sql, opening):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    raise ValueError("a parenthesis is never closed")
