"""Answers that are read page by page: held for a while, so that a page follows on the one before."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.answer import Answer
from dashboards.server.refusals import Refused

_HELD_S = 600.0


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    params: Mapping[str, Any]
    visitor: str
    until_s: float


class Held:
    """At most MOST_BYTES of answers; the one that was read longest ago goes first. Safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, answer: Answer, params: Mapping[str, Any], visitor: str) -> str:
        """The id under which the VISITOR who asked with PARAMS finds ANSWER."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[key] = _Kept(answer, params, visitor, time.monotonic() + _HELD_S)
            while len(self._kept) > 1 and sum(each.answer.rows.nbytes for each in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
        return key

    def find(self, cursor: str, question: str, params: Mapping[str, Any], visitor: str) -> tuple[Answer, str, int]:
        """The answer to QUESTION, its id and the next row that CURSOR names.

        Errors:  Refused (400) for PARAMS that differ from those that were asked with: a filter must not seem to hold;
                 (410) if the answer isn't held any longer, or for another visitor.
        """
        key, _, row = cursor.partition(".")
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found.until_s < time.monotonic():
                found = self._kept.pop(key) and None
            if found is None or found.visitor != visitor or found.answer.question.name != question:
                raise Refused(410, "is no longer held; ask again from the beginning", "cursor")
            self._kept.move_to_end(key)
        for name, value in params.items():
            if found.params.get(name) != value:
                raise Refused(400, "is not what the cursor's answer was asked with", name)
        return found.answer, key, min(int(row), len(found.answer.rows))
