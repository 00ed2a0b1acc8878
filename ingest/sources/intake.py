"""What all collectors share: records durable in the spool before anyone is told that they are, and counted."""

import asyncio
import functools
import json
import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from ingest.spool import Delivery, Spool
from schemas.errors import LakeError

QUEUE_BYTES = 16 << 20  # what waits for one source's stream; senders beyond it wait, and are not read from
GROUP_BYTES = 8 << 20  # what is appended with one fsync
GATHER_S = 0.002  # what comes within it shares the fsync
RETRY_S = 1.0  # between two attempts to write to a spool that could not be written
TRIED_S = 60.0  # a stream that couldn't be written, and nobody has tried since, is not said to fail for longer
_THREADS = 4

log = logging.getLogger("sparhund.collect")


@dataclass(slots=True)
class Counts:
    """What one collector has put into one source's stream."""

    records: int = 0
    bytes: int = 0
    last_received: datetime | None = None


@dataclass(slots=True)
class Trouble:
    """What one collector could not take, by reason. A reason names no sender and no value."""

    refused: Counter[str] = field(default_factory=Counter)  # connections, requests, datagrams of unknown senders
    lost: Counter[str] = field(default_factory=Counter)  # records that were sent and will not come again
    odd: Counter[str] = field(default_factory=Counter)  # taken all the same, such as a record in pieces


class Intake:
    """The way into the spool, for all collectors of one process. `async with` it; leaving waits for what waits."""

    def __init__(self, spool: Spool, stopped: asyncio.Event) -> None:
        self.spool = spool
        self.stopped = stopped
        self.counts: dict[tuple[str, str], Counts] = defaultdict(Counts)  # by collector and source
        self.trouble: dict[str, Trouble] = defaultdict(Trouble)  # by collector
        self._streams: dict[str, _Stream] = {}
        self._pool = ThreadPoolExecutor(_THREADS, "spool")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(stream.task for stream in self._streams.values() if stream.task))
        self._pool.shutdown()

    @property
    def waiting_bytes(self) -> int:
        """What was taken and isn't durable yet."""
        return sum(stream.bytes for stream in self._streams.values())

    @property
    def failing(self) -> list[str]:
        """The sources whose stream can't be written just now, as far as anybody has tried lately."""
        old = time.monotonic() - TRIED_S
        return sorted(
            name for name, stream in self._streams.items() if stream.failing and (stream.bytes or stream.tried_s > old)
        )

    async def append(
        self,
        collector: str,
        source: str,
        records: Sequence[bytes],
        received: datetime | None = None,
        note: bytes = b"",
        context: bytes = b"",
    ) -> None:
        """Returns when RECORDS are durable, and their NOTE (spool.Delivery) and CONTEXT (`context`) with them.

        While too much waits for the source's stream, it waits before that.

        Errors:  OSError or LakeError if they could not be written: then none of them may be acknowledged.
        """
        if not records:
            return
        delivery = Delivery(records=records, received=received or datetime.now(UTC), context=context, note=note)
        stream = self._streams.get(source)
        if stream is None:
            stream = self._streams[source] = _Stream(self.spool, source, self._pool)
        size = await stream.append(delivery)
        counts = self.counts[collector, source]
        counts.records += len(records)
        counts.bytes += size
        counts.last_received = delivery.received

    async def hold(self, collector: str, source: str, records: Sequence[bytes], context: bytes = b"") -> bool:
        """`append` for senders that can't be asked to send again: tried until it works, or until we are stopped.

        False, and counted as lost: they are not in the spool.
        """
        received = datetime.now(UTC)
        while True:
            last = self.stopped.is_set()
            try:
                await self.append(collector, source, records, received, context=context)
            except (OSError, LakeError):
                if last:
                    self.trouble[collector].lost["records that the spool could not take"] += len(records)
                    return False
                await pause(self.stopped, RETRY_S)
            else:
                return True


async def pause(stopped: asyncio.Event, seconds: float) -> bool:
    """Wait for SECONDS, or until STOPPED, which it tells."""
    try:
        await asyncio.wait_for(stopped.wait(), seconds)
    except TimeoutError:
        return False
    return True


def context(*, sender: str | None = None, path: str | None = None, lost: str | None = None) -> bytes:
    """What evidence tells of records besides their bytes: who sent them, and by what name (index, table, content).

    LOST: what never came before them. It becomes a gap, which answers name.
    """
    said = {"sender": sender, "path": path, "lost": lost}
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False).encode()


@dataclass(slots=True)
class _Waiting:
    delivery: Delivery
    size: int
    done: asyncio.Future[None]


class _Stream:
    """One source's stream: what waits for it is appended together, outside the event loop's thread."""

    def __init__(self, spool: Spool, source: str, pool: ThreadPoolExecutor) -> None:
        self.spool = spool
        self.source = source
        self.pool = pool
        self.bytes = 0
        self.failing = False
        self.tried_s = 0.0  # when it failed last
        self.task: asyncio.Task[None] | None = None
        self._waiting: deque[_Waiting] = deque()
        self._room = asyncio.Event()

    async def append(self, delivery: Delivery) -> int:
        """Gives the records' size when they are durable. Errors: as `Spool.append`."""
        while self.bytes >= QUEUE_BYTES:
            self._room.clear()
            await self._room.wait()
        size = sum(map(len, delivery.records))
        done = asyncio.get_running_loop().create_future()
        self.bytes += size
        self._waiting.append(_Waiting(delivery, size, done))
        if self.task is None:
            self.task = asyncio.create_task(self._work())
        await done
        return size

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            group = self._group()
            error = await self._write(group)
            self.bytes -= sum(each.size for each in group)
            self._room.set()
            for each in group:
                if each.done.done():  # whoever waited was cancelled
                    continue
                if error is None:
                    each.done.set_result(None)
                else:
                    each.done.set_exception(error)
        self.task = None

    def _group(self) -> list[_Waiting]:
        group = [self._waiting.popleft()]
        size = group[0].size
        while self._waiting and size + self._waiting[0].size <= GROUP_BYTES:
            group.append(self._waiting.popleft())
            size += group[-1].size
        return group

    async def _write(self, group: list[_Waiting]) -> Exception | None:
        append = functools.partial(self.spool.append, self.source, *(each.delivery for each in group))
        try:
            await asyncio.get_running_loop().run_in_executor(self.pool, append)
        except Exception as error:  # noqa: BLE001 - whoever waits gets it, and stops on what it doesn't know
            if not self.failing:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                log.error("spool: %s: can't be written: %s; its senders wait", self.source, reason)  # noqa: TRY400
            self.failing, self.tried_s = True, time.monotonic()
            return error
        if self.failing:
            log.warning("spool: %s: can be written again", self.source)
        self.failing = False
        return None
