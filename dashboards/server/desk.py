"""Where requests are answered: the opened installation, the store of who may come in, and so many threads."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from analytics.opened import Opened
from dashboards.auth.store import Store
from dashboards.server.held import Held
from dashboards.server.rates import Rate
from dashboards.server.refusals import Refused
from dashboards.server.requests import Requests
from ingest.lake import Lake
from schemas.serve import ServeSettings  # noqa: TC001 - read where it is said

_T = TypeVar("_T")


class Desk:
    """What every handler is given. At most `threads` answers are computed at once, `waiting` wait for their turn."""

    def __init__(self, home: Opened, store: Store) -> None:
        self.home = home
        self.store = store
        self.settings: ServeSettings = home.settings.serve
        self.held = Held(self.settings.held_bytes)
        self.rate = Rate(self.settings.requests_per_s, self.settings.burst)
        # Opened anew: handles that are kept may go on reading what is no lake any more.
        self.requests = Requests(lambda: (Lake.open(home.root), home.relation("normalised")))
        # Of those who aren't let in yet, by address: behind a proxy that is everybody's. Who shows pages to nobody must
        # not keep others from signing in.
        self.entrance = Rate(0.2, 10)  # programs without a token
        self.signing = Rate(0.5, 30)  # links that are tried: of 256 random bits none is guessed in so many
        self.nobodys = Rate(1 / 60, 60)  # links of nobody's that are written down, from wherever they come
        self.turned = Rate(5, 100)  # pages that only lead to the way in
        self._threads = ThreadPoolExecutor(self.settings.threads, "sparhund-answer")
        self._under_way = 0
        self._kept: dict[Callable[[Opened], Any], Any] = {}
        self._lock = threading.Lock()

    async def answer(self, work: Callable[[], _T]) -> _T:
        """What WORK gives, computed in a thread. Errors: Refused (503) if too many wait already; what WORK raises."""
        if self._under_way >= self.settings.threads + self.settings.waiting:
            raise Refused(503, "too many wait for an answer", retry_s=2)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    def keep(self, kind: Callable[[Opened], _T]) -> _T:
        """The one KIND of this desk, made of its installation when it is first wanted: what outlives a request."""
        with self._lock:
            if kind not in self._kept:
                self._kept[kind] = kind(self.home)
            found: _T = self._kept[kind]
        return found

    def close(self) -> None:
        """No more answers, and no more of what was kept."""
        for each in self._kept.values():
            getattr(each, "close", lambda: None)()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.home.close()
