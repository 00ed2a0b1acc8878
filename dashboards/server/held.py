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
_MOST_EACH = 100
_LEAST_BYTES = 16 << 10  # of its statement, parameters and what is told beside


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
    bytes: int


class Held:
    """At most MOST_BYTES of what was found, and _MOST_EACH answers of a visitor, for _HELD_S. Safe for threads.

    What was read longest ago goes first, and what is over its time whenever something is kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()  # the one that was read longest ago first
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, found: Found, params: Mapping[str, Any], visitor: str) -> str:
        """The id under which the VISITOR who asked with PARAMS finds what was FOUND."""
        key, now = secrets.token_urlsafe(16), time.monotonic()
        kept = _Kept(found, params, visitor, now + _HELD_S, found.rows.nbytes + _LEAST_BYTES)
        with self._lock:
            mine = [each for each, held in self._kept.items() if held.visitor == visitor]
            over = [each for each, held in self._kept.items() if held.until_s < now]
            for each in {*over, *mine[: max(0, len(mine) + 1 - _MOST_EACH)]}:
                self._drop(each)
            while self._kept and self._bytes + kept.bytes > self._most:
                self._drop(next(iter(self._kept)))
            self._kept[key] = kept
            self._bytes += kept.bytes
        return key

    def _drop(self, key: str) -> None:
        self._bytes -= self._kept.pop(key).bytes

    def find(self, cursor: str, name: str, params: Mapping[str, Any], visitor: str) -> tuple[Found, str, int]:
        """What NAME listed, its id and the next row that CURSOR names.

        Errors:  Refused (400) for PARAMS that differ from those that were asked with: a filter must not seem to hold;
                 (410) if it isn't held any longer, or for another visitor.
        """
        key, _, row = cursor.partition(".")
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.until_s < time.monotonic():
                self._drop(key)
                kept = None
            if kept is None or kept.visitor != visitor or kept.found.name != name:
                raise Refused(410, "is no longer held; ask again from the beginning", "cursor")
            self._kept.move_to_end(key)
        for param, value in params.items():
            if kept.params.get(param) != value:
                raise Refused(400, "is not what the cursor's answer was asked with", param)
        return kept.found, key, min(int(row), len(kept.found.rows))
