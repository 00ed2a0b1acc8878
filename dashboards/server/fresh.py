"""Something that costs to compute and that everybody sees alike: computed again when it has become old."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Fresh(Generic[_T]):
    """What WORK gives. Safe for threads; one computes at a time.

    What is younger than AGE_S is given as it is. What is older, and younger than OLD_S, is given at once as well while
    it is computed anew beside: nobody waits for what is asked for often. What is older still is waited for.
    """

    def __init__(self, work: Callable[[], _T], age_s: float, old_s: float = 0.0) -> None:
        self._work = work
        self._age_s = age_s
        self._old_s = max(age_s, old_s)
        self._lock = threading.Lock()
        self._kept: tuple[_T, float] | None = None  # and when it was begun

    def get(self) -> _T:
        """Errors: those of WORK, to whoever waited for it."""
        kept = self._kept
        if kept is not None and self._younger(kept, self._age_s):
            return kept[0]
        if kept is not None and self._younger(kept, self._old_s):
            if self._lock.acquire(blocking=False):
                threading.Thread(target=self._beside, daemon=True, name="fresh").start()
            return kept[0]
        with self._lock:
            kept = self._kept
            return kept[0] if kept is not None and self._younger(kept, self._age_s) else self._computed()

    def forget(self) -> None:
        """What is known no longer holds: the next who asks waits for what does."""
        with self._lock:
            self._kept = None

    def _beside(self) -> None:
        """With the lock, which was taken for this. What fails is tried again by who asks next; told when all is old."""
        try:
            self._computed()
        except Exception:  # noqa: BLE001, S110 - as above
            pass
        finally:
            self._lock.release()

    def _computed(self) -> _T:
        began = time.monotonic()
        found = self._work()
        self._kept = (found, began)
        return found

    def _younger(self, kept: tuple[_T, float], age_s: float) -> bool:
        return time.monotonic() - kept[1] < age_s
