"""Something that costs to compute and that everybody sees alike: computed again only when it has become old."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Fresh(Generic[_T]):
    """What WORK gives, at most AGE_S old when nobody else is computing it. Safe for threads.

    One thread computes at a time. Meanwhile the others are given the former, if there is one, and else they wait.
    """

    def __init__(self, work: Callable[[], _T], age_s: float) -> None:
        self._work = work
        self._age_s = age_s
        self._lock = threading.Lock()
        self._kept: tuple[_T, float] | None = None  # and when it was computed

    def get(self) -> _T:
        """Errors: those of WORK, to whoever asked then."""
        kept = self._kept
        if kept is not None and (self._young(kept) or not self._lock.acquire(blocking=False)):
            return kept[0]
        if kept is None:
            self._lock.acquire()
        try:
            kept = self._kept
            if kept is None or not self._young(kept):
                kept = self._kept = (self._work(), time.monotonic())
            return kept[0]
        finally:
            self._lock.release()

    def _young(self, kept: tuple[_T, float]) -> bool:
        return time.monotonic() - kept[1] < self._age_s
