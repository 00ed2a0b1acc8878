"""What was delivered lately, so that what a sender sends again, for want of an answer, is stored once.

An entry stands in the note of its records' block (Spool.append): a crash keeps both or neither.
"""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ingest.spool import Spool

_KEY_BYTES = 16
_CLOCK_BACK = timedelta(hours=1)  # so far a clock may have been set back
_ENTRY_BYTES = 2 * _KEY_BYTES


class Entry(NamedTuple):
    """A delivery: the key that a resend has too, and 16 bytes that say what was delivered."""

    key: bytes
    value: bytes


def digest(*parts: bytes) -> bytes:
    """16 bytes that only the same PARTS have."""
    total = hashlib.blake2b(digest_size=_KEY_BYTES)
    for part in parts[:-1]:
        total.update(len(part).to_bytes(8, "little") + part)
    total.update(parts[-1])
    return total.digest()


class Remembered:
    """The entries of the last KEEP_S seconds, at most MOST of them.

    `displaced` is when (monotonic) the newest was added of those that had to go for want of room.
    """

    def __init__(self, keep_s: float, most: int) -> None:
        self.keep_s = keep_s
        self.most = most
        self.displaced = -math.inf
        # In the order of their time; a plain dict slows down where its first are taken out again and again.
        self._held: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._pending: dict[bytes, asyncio.Future[None]] = {}

    def load(self, spool: Spool, sources: Iterable[str], since: datetime | None = None) -> None:
        """Take up what the SPOOL's streams say, as after a restart. SINCE: None = KEEP_S ago."""
        since = since or datetime.now(UTC) - timedelta(seconds=self.keep_s)
        noted = [each for source in sources for each in _noted(spool, source, since)]
        age = time.monotonic() - time.time()
        for moment, note in sorted(noted, key=lambda each: each[0]):
            entries = [note[at : at + _ENTRY_BYTES] for at in range(0, len(note), _ENTRY_BYTES)]
            self.add([Entry(each[:_KEY_BYTES], each[_KEY_BYTES:]) for each in entries], moment.timestamp() + age)

    def get(self, key: bytes) -> bytes | None:
        """What was delivered under KEY."""
        held = self._held.get(key)
        return held[1] if held and held[0] >= time.monotonic() - self.keep_s else None

    def add(self, entries: Iterable[Entry], moment: float | None = None) -> None:
        """Remember ENTRIES, which are durable now."""
        moment = time.monotonic() if moment is None else moment
        for key, value in entries:
            self._held.pop(key, None)
            self._held[key] = (moment, value)
        while len(self._held) > self.most:
            _, (when, _) = self._held.popitem(last=False)
            self.displaced = max(self.displaced, when)
        self.forget(time.monotonic() - self.keep_s)

    def forget(self, moment: float) -> None:
        """Let go of what was remembered before MOMENT (of the monotonic clock)."""
        while self._held and next(iter(self._held.values()))[0] < moment:
            self._held.popitem(last=False)

    @asynccontextmanager
    async def claimed(self, keys: Iterable[bytes]) -> AsyncIterator[None]:
        """Alone with KEYS: who delivers the same meanwhile waits until it is known how that ended."""
        mine = set(keys)
        while others := {self._pending[key] for key in mine if key in self._pending}:
            await asyncio.wait(others)
        ended = asyncio.get_running_loop().create_future()
        self._pending |= dict.fromkeys(mine, ended)
        try:
            yield
        finally:
            for key in mine:
                del self._pending[key]
            ended.set_result(None)


def _noted(spool: Spool, source: str, since: datetime) -> Iterator[tuple[datetime, bytes]]:
    """The notes of the stream SINCE, each with its moment, oldest first.

    What was written while the clock was set back is no older than what was written before it.
    """
    moment = datetime.min.replace(tzinfo=UTC)
    for block in spool.notes(source, since - _CLOCK_BACK):
        moment = max(moment, block.received)
        if moment >= since:
            yield moment, block.note
