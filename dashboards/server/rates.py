"""How often somebody may ask: a bucket of tokens each, which fills again."""

import math
import threading
import time
from collections import OrderedDict

from dashboards.server.refusals import Refused

_MOST = 10_000  # visitors that are remembered


class Rate:
    """At most BURST requests at once, and PER_S a second in the long run, for each key. Safe for threads."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> what is left, as of when
        self._lock = threading.Lock()

    def take(self, key: str, now_s: float | None = None) -> None:
        """Count one request of KEY. Errors: Refused (429), which says when the next may come."""
        now = time.monotonic() if now_s is None else now_s
        with self._lock:
            left, then = self._left.pop(key, (float(self._burst), now))
            left = min(float(self._burst), left + (now - then) * self._per_s)
            self._left[key] = (max(0.0, left - 1) if left >= 1 else left, now)
            while len(self._left) > _MOST:
                self._left.popitem(last=False)
        if left < 1:
            raise Refused(429, "too many requests", retry_s=math.ceil((1 - left) / self._per_s))
