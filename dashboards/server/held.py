"""What was found and is read page by page: held for a while, so that a page follows on the one before."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from analytics.completeness import Statement
from dashboards.server.refusals import Refused

_HELD_S = 600.0


@dataclass(frozen=True, slots=True)
class Found:
    """ROWS that NAME lists (a question, or an endpoint), what they rest on, and what is told BESIDE them.

    `more`: there are rows beyond those that may be had.
    """

    name: str
    rows: pa.Table
    statement: Statement
    more: bool = False
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Found
    params: Mapping[str, Any]
    visitor: str
    until_s: float


class Held:
    """At most MOST_BYTES of what was found; the one that was read longest ago goes first. Safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, found: Found, params: Mapping[str, Any], visitor: str) -> str:
        """The id under which the VISITOR who asked with PARAMS finds what was FOUND."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[key] = _Kept(found, params, visitor, time.monotonic() + _HELD_S)
            while len(self._kept) > 1 and sum(each.found.rows.nbytes for each in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
        return key

    def find(self, cursor: str, name: str, params: Mapping[str, Any], visitor: str) -> tuple[Found, str, int]:
        """What NAME listed, its id and the next row that CURSOR names.

        Errors:  Refused (400) for PARAMS that differ from those that were asked with: a filter must not seem to hold;
                 (410) if it isn't held any longer, or for another visitor.
        """
        key, _, row = cursor.partition(".")
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.until_s < time.monotonic():
                kept = self._kept.pop(key) and None
            if kept is None or kept.visitor != visitor or kept.found.name != name:
                raise Refused(410, "is no longer held; ask again from the beginning", "cursor")
            self._kept.move_to_end(key)
        for param, value in params.items():
            if kept.params.get(param) != value:
                raise Refused(400, "is not what the cursor's answer was asked with", param)
        return kept.found, key, min(int(row), len(kept.found.rows))
