"""What Microsoft's logs have in common: asked for in windows of time, kept for some days, and late."""

import logging
import math
from collections import deque
from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ingest.sources.microsoft.api import Api
from ingest.sources.microsoft.line import Line, Refusal, Unreadable
from ingest.sources.microsoft.token import Token, proof
from ingest.sources.polling import Page, Pages, Poller, PollFailed
from ingest.sources.remembered import Entry, digest
from schemas.collectors.microsoft import Graph, ManagementActivity

_WINDOW = timedelta(hours=6)  # what is read again, of a log, when we are killed
_MARGIN = timedelta(minutes=2)  # what is almost too old to be given isn't asked for: a request takes its time
_SKEW = timedelta(minutes=5)
_EVER = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger("sparhund.collect")

Records = Iterator[tuple[list[bytes], list[Entry]]]


class _Window(NamedTuple):
    start: datetime
    stop: datetime
    began: datetime  # by our own clock


class WindowPoller(Poller):
    """A collector of LOGS, each with its source. A kind says in `read` what a window of one of them holds.

    `kept` is how long the service gives a log. The cursor says of each log up to when all is stored; what is listed up
    to late_s after its time is found as well.
    """

    settings: ManagementActivity | Graph

    def __init__(self, settings: ManagementActivity | Graph, logs: dict[str, str], kept: timedelta) -> None:
        super().__init__(settings, f"{settings.tenant} {settings.url}")
        self.logs = logs
        self.kept = kept
        self.line = Line(settings.timeout_s, self.now)
        self._token = Token(settings, f"{settings.url}/.default", self.line)
        self.api = Api(settings.url, self.line, self._token)
        self._host = urlsplit(settings.url).hostname or ""
        self._wrong = False  # our clock, and that was told
        self._late = timedelta(seconds=settings.late_s)
        self._reach: dict[str, datetime] = {}  # by log: up to when all of it is stored
        self._done: dict[str, deque[_Window]] = {name: deque() for name in logs}

    async def open(self) -> None:
        """Read what proves who we are."""
        proof(self.settings, "", self.now())

    def interrupt(self) -> None:
        """Waiting ends, and the next request isn't sent."""
        self.line.stopped.set()

    def close(self) -> None:
        """End the connections."""
        self.line.close()

    def prepare(self, known: AbstractSet[str]) -> None:
        """What must be done before a poll; KNOWN are the logs that were read before. Errors: PollFailed, Refusal."""

    def read(self, name: str, start: datetime, stop: datetime) -> Records:
        """The records of a log from START up to STOP, with their entries. Errors: PollFailed, Refusal."""
        raise NotImplementedError

    def entry(self, identity: Any, record: bytes) -> Entry:
        """How a RECORD is known again: by the source's own id, else by all of it."""
        known = identity.encode("utf-8", "surrogatepass") if isinstance(identity, str) and identity else digest(record)
        return Entry(digest(self.scope.encode(), known), digest(record))

    def pages(self, cursor: Any) -> Pages:
        """A window of each log in turn, until all have come up to now. One that is refused holds up no other."""
        said = {name: datetime.fromisoformat(moment) for name, moment in (cursor or {}).items()}
        refused: list[PollFailed] = []
        self._token.text()  # and with it the services' time: by a fast clock much would seem too old
        try:
            self.prepare(said.keys() & self.logs.keys())
        except Refusal as refusal:
            raise refusal.failed(self._host) from None
        now = self.line.now().replace(microsecond=0)
        self._reach = {name: reach for name, reach in said.items() if name in self.logs}
        start = {name: self._reach[name] - self._late if name in self._reach else _EVER for name in self.logs}
        while start:
            for name in list(start):
                try:
                    stop = yield from self._window(name, start[name], now)
                except (Refusal, Unreadable) as error:
                    refused.append(error if isinstance(error, Unreadable) else error.failed(name))
                    stop = now
                start[name] = stop
                if stop >= now:
                    del start[name]
        wrong = abs(self.line.skew) > _SKEW
        if wrong and not self._wrong:
            self.odd("times that this machine's clock was found minutes from the service's")
        self._wrong = wrong
        if refused:
            raise refused[0]

    def _window(self, name: str, start: datetime, now: datetime) -> Generator[Page, None, datetime]:
        """The pages of a window of a log from START, at most up to NOW. Gives where it ends."""
        oldest = self._oldest()
        reach = self._reach.get(name)  # a log that was never read has none: it begins with what is given
        if reach is not None and reach < oldest:
            hours = math.ceil((oldest - reach) / timedelta(hours=1))
            told = f"{name}: lost from {reach} to {oldest}: no longer kept there"
            log.error("%s: %s", self.settings.place, told)
            self.lost(self.logs[name], f"hours of {name} that were not collected in time", hours, told)
            self._reach[name] = oldest
            yield self._page(name, [], [])
        start = max(start, oldest)
        stop = min(start + _WINDOW, now)
        if start < stop:
            began = self.now()
            for records, entries in self.read(name, start, stop):
                self._reach.setdefault(name, start)
                yield self._page(name, records, entries)
            self._reach[name] = max(self._reach.get(name, stop), stop)
            self._done[name].append(_Window(start, stop, began))
            yield self._page(name, [], [])
        return stop

    def _page(self, name: str, records: list[bytes], entries: list[Entry]) -> Page:
        cursor = {name: reach.isoformat() for name, reach in self._reach.items()}
        again = min(self._again(each) for each in self._reach)
        return Page(self.logs[name], records, entries, cursor, again, self._host, name)

    def _again(self, name: str) -> datetime:
        """Since when, by our own clock, what will be read again of a log may have been stored."""
        first = self._reach[name] - self._late
        done = self._done[name]
        while done and done[0].stop <= first:
            done.popleft()
        known = bool(done) and done[0].start <= first
        return max(first - self.line.skew, done[0].began) if known else first - self.line.skew

    def _oldest(self) -> datetime:
        """The oldest that is still given, in whole seconds."""
        return (self.line.now() - self.kept + _MARGIN).replace(microsecond=0)
