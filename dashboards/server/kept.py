"""What a visitor was shown and comes back to by an address that tells nothing of it: kept in memory, for a while."""

import secrets
import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """At most MOST things in all, and EACH of a visitor, for HELD_S. The oldest goes first. Safe for threads."""

    def __init__(self, most: int, each: int, held_s: float) -> None:
        self._most, self._each, self._held_s = most, each, held_s
        self._lock = threading.Lock()
        self._things: OrderedDict[str, tuple[str, _T, float]] = OrderedDict()  # by id: visitor, thing, until when

    def keep(self, visitor: str, thing: _T) -> str:
        """The id, which nobody guesses, under which VISITOR alone finds THING."""
        key, now = secrets.token_urlsafe(16), time.monotonic()
        with self._lock:
            for each in [each for each, (_, _, until_s) in self._things.items() if until_s < now]:
                del self._things[each]
            self._cut(visitor, self._each - 1)
            while len(self._things) >= self._most:
                self._things.popitem(last=False)
            self._things[key] = (visitor, thing, now + self._held_s)
        return key

    def find(self, visitor: str, key: str) -> _T | None:
        """What is kept for VISITOR under KEY; None if it is no longer, or another's."""
        with self._lock:
            found = self._things.get(key)
        return found[1] if found and found[0] == visitor and time.monotonic() <= found[2] else None

    def drop(self, visitor: str) -> None:
        """Keep nothing of VISITOR's any longer."""
        with self._lock:
            self._cut(visitor, 0)

    def _cut(self, visitor: str, most: int) -> None:
        mine = [key for key, found in self._things.items() if found[0] == visitor]
        for key in mine[: max(0, len(mine) - most)]:
            del self._things[key]
