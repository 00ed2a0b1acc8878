"""What collectors share that ask a system for its records: each is stored once, whoever is killed when.

A page of records is appended to the spool, each record with its entry (ingest.sources.remembered) in the block's note;
only then the cursor moves, in a file beside the spool. A crash in between leaves the cursor behind: what is read again
from there is known by its entries. What may come late is read again in any case, and known in the same way.
"""

import asyncio
import contextlib
import fcntl
import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from ingest.sources.intake import Intake, context, pause
from ingest.sources.remembered import Entry, Remembered
from ingest.spool import NOTES_KEPT_S, Spool
from schemas.collectors.polling import Polling
from schemas.errors import LakeError, SparhundError

_RETRY_S = 1.0
_LOCKED_S = 5.0  # between two looks whether the other process that polls this has ended
_STOP_S = 5.0  # a request that is under way when we are told to stop may take so long; then it is left
_MARGIN = timedelta(hours=2)  # the clock may have been stepped back by so much
_UNKEPT = "what was read could not be kept"

T = TypeVar("T")
Pages = Generator["Page", None, None]

log = logging.getLogger("sparhund.collect")


class PollFailed(SparhundError):  # noqa: N818 - what happened, and no fault of ours
    """The system can't be asked now. REASON names no value; RETRY_S is how long it told us to wait."""

    def __init__(self, reason: str, retry_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True)
class Page:
    """Records in the order in which they were read, and where reading goes on when they are durable.

    `entries` has one for each: a record that is read again is known by its key. `cursor` is JSON of the kind's own.
    `again`: what was stored before that moment won't be read again from this cursor on, so its entries may go.
    `sender` and `path` are what evidence tells of the records (`ingest.sources.intake.context`).
    """

    source: str
    records: list[bytes]
    entries: list[Entry]
    cursor: Any
    again: datetime
    sender: str | None = None
    path: str | None = None


class Poller:
    """A collector that asks. A kind says in `pages` how; SCOPE is what its cursor is good for: a table, a tenant."""

    def __init__(self, settings: Polling, scope: str) -> None:
        self.settings = settings
        self.scope = scope
        self.intake: Intake
        self._since = datetime.now(UTC)
        self._remembered = Remembered(math.inf, settings.remember_records)
        self._began = datetime.now(UTC), time.monotonic()
        self._told = False
        self._loaded = False
        self._lost: list[tuple[str, str]] = []  # source, and what of it was lost; not kept yet

    async def open(self) -> None:
        """What can be checked without the system. Errors: SettingsError."""

    def pages(self, cursor: Any) -> Pages:
        """One poll, from CURSOR on (None: the first ever), in a thread; it may block, and is closed when it ends.

        Order:   when it is asked for another page, all that it gave but the last one are kept.
        Errors:  PollFailed, or OSError of a connection; reading then goes on from the last page that was kept.
        """
        raise NotImplementedError

    def interrupt(self) -> None:
        """We are told to stop while `pages` blocks. Called in another thread; what it raises is nobody's."""

    def close(self) -> None:
        """Polling has ended, or failed: let go of connections."""

    def now(self) -> datetime:
        """The time, by a clock that is never stepped while we run."""
        began, moment = self._began
        return began + timedelta(seconds=time.monotonic() - moment)

    @property
    def known_since(self) -> datetime:
        """What was stored from then on is known again."""
        return max(self._since, self._displaced())

    def _displaced(self) -> datetime:
        """Up to when some of what was stored had to be forgotten, for want of room."""
        began, moment = self._began
        displaced = self._remembered.displaced
        if displaced == -math.inf:
            return datetime.min.replace(tzinfo=UTC)
        return began + timedelta(seconds=displaced - moment)

    def knows(self, entry: Entry) -> bool:
        """Whether a record was stored lately, as it is."""
        return self._remembered.get(entry.key) == entry.value

    def odd(self, reason: str, count: int = 1) -> None:
        """Count COUNT of what was taken, but isn't as it should be."""
        if count:
            self.intake.trouble[self.settings.name].odd[reason] += count

    def lost(self, source: str, reason: str, count: int = 1, told: str = "") -> None:
        """Count COUNT of what of SOURCE will never come. A gap says so, or what is TOLD, before the next record."""
        self.intake.trouble[self.settings.name].lost[reason] += count
        self._lost.append((source, told or reason))

    async def run(self, intake: Intake, stopped: asyncio.Event) -> None:
        """Poll until STOPPED."""
        self.intake = intake
        place, trouble = self.settings.place, intake.trouble[self.settings.name]
        with Cursor(intake.spool.root.with_name("cursors"), self.settings.name, self.scope) as cursor:
            failures, wait_s = 0, 0.0
            while not await pause(stopped, wait_s):
                try:
                    if not await asyncio.to_thread(self._take_up, cursor, intake.spool):
                        trouble.refused["another process polls this"] += 1
                        wait_s = _LOCKED_S
                        continue
                    await self._poll(cursor, stopped)
                except (PollFailed, OSError, LakeError) as error:
                    failed = _failed(error)
                    trouble.refused[failed.reason] += 1
                    if not failures:
                        log.error("%s: can't be polled: %s; tried again", place, failed.reason)  # noqa: TRY400
                    wait_s = failed.retry_s or min(_RETRY_S * 2 ** min(failures, 30), self.settings.max_retry_s)
                    failures += 1
                    await _in_thread(self.close)
                else:
                    if failures and not stopped.is_set():
                        log.warning("%s: is polled again", place)
                    failures, wait_s = 0, self.settings.poll_s
            await asyncio.wait([_in_thread(self.close)], timeout=_STOP_S)

    def _take_up(self, cursor: "Cursor", spool: Spool) -> bool:
        """Begin where whoever polled last ended. False if somebody polls still."""
        if self._loaded:
            return True
        if not cursor.held and not cursor.take():
            return False
        if cursor.again is None:
            cursor.move(None, self.now(), {})  # what is stored before the cursor moves first must be known too
        self._since = cursor.again or self.now()
        self._remembered.load(spool, sorted(self.settings.sources()), self._since - _MARGIN)
        if datetime.now(UTC) - self._since > timedelta(seconds=NOTES_KEPT_S):
            self.odd("away for two days: where others write to its source, late records may be read twice")
        self._loaded = True
        return True

    async def _poll(self, cursor: "Cursor", stopped: asyncio.Event) -> None:
        """Keep page after page; the next one is read meanwhile."""
        self._told = False
        pages = self.pages(cursor.value)
        reading = _in_thread(lambda: next(pages, None))
        stopping = asyncio.create_task(stopped.wait())
        try:
            while not stopped.is_set():
                either: set[asyncio.Future[Any]] = {reading, stopping}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not reading.done() or (page := reading.result()) is None:
                    return
                reading = _in_thread(lambda: next(pages, None))
                await self._keep(page, cursor)
        finally:
            stopping.cancel()
            if stopped.is_set() and not reading.done():
                _in_thread(self.interrupt)
            await asyncio.wait([reading], timeout=_STOP_S if stopped.is_set() else None)
            if reading.done():
                reading.exception()  # the first one is what counts
                await _in_thread(pages.close)

    async def _keep(self, page: Page, cursor: "Cursor") -> None:
        """Append what isn't stored yet, then move the cursor. Errors: PollFailed."""
        fresh: dict[bytes, bytes] = {}
        records: list[bytes] = []
        changed = []
        for entry, record in zip(page.entries, page.records, strict=True):
            held = fresh.get(entry.key) or self._remembered.get(entry.key)
            if held is None:
                fresh[entry.key] = entry.value
                records.append(record)
            elif held != entry.value:
                changed.append(entry)
        entries = [Entry(key, value) for key, value in fresh.items()]
        # Until a record comes by which it can be told, the cursor remembers what was lost. A crash may tell it twice.
        found = self._lost.copy()
        lost = {source: told.copy() for source, told in cursor.lost.items()}
        for source, reason in dict.fromkeys(found):
            if reason not in lost.setdefault(source, []):
                lost[source].append(reason)
        try:
            if records and (before := lost.pop(page.source, [])):
                await self._append(page, records[:1], entries[:1], "; ".join(before))
                records, entries = records[1:], entries[1:]
            await self._append(page, records, entries)
            self._remembered.add(changed)
            self.odd("records that were changed after they were read; the first reading stands", len(changed))
            await asyncio.to_thread(cursor.move, page.cursor, page.again, lost)
            del self._lost[: len(found)]
        except (OSError, LakeError):
            raise PollFailed(_UNKEPT) from None
        began, moment = self._began
        self._remembered.forget(moment + (page.again - _MARGIN - began).total_seconds())
        if self._displaced() > page.again and not self._told:
            self.odd("more records within late_s than remember_records: late ones are found among the latest only")
            self._told = True

    async def _append(self, page: Page, records: list[bytes], entries: list[Entry], lost: str | None = None) -> None:
        note = b"".join(key + value for key, value in entries)
        about = context(sender=page.sender, path=page.path, lost=lost)
        await self.intake.append(self.settings.name, page.source, records, note=note, context=about)
        self._remembered.add(entries)


class Cursor:
    """Where a collector's reading goes on, in FOLDER/NAME.json, for one process at a time. `with` it.

    `lost`, by source: what will never come, and no record has told of yet.
    """

    def __init__(self, folder: Path, name: str, scope: str) -> None:
        self.value: Any = None
        self.again: datetime | None = None
        self.lost: dict[str, list[str]] = {}
        self._scope = scope
        self._path = folder / f"{name}.json"
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.close()

    @property
    def held(self) -> bool:
        """Whether it is ours to move."""
        return self._lock is not None

    def take(self) -> bool:
        """Lock and read it. False if another process has it. Errors: OSError; PollFailed if it is damaged."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._path.with_suffix(".lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._path.exists():
                said = json.loads(self._path.read_text(encoding="utf-8"))
                if said["scope"] == self._scope:
                    self.value, self.again = said["cursor"], datetime.fromisoformat(said["again"])
                    self.lost = said.get("lost", {})
                else:
                    log.warning("%s was of something else: reading begins at the start", self._path.name)
        except BlockingIOError:
            lock.close()
            return False
        except (ValueError, KeyError, TypeError):
            lock.close()
            raise PollFailed("its cursor's file is damaged") from None
        self._lock = lock
        return True

    def move(self, value: Any, again: datetime, lost: dict[str, list[str]]) -> None:
        """Go on at VALUE, durably, with what is LOST by then. Errors: OSError."""
        if (value, again, lost) == (self.value, self.again, self.lost):
            return
        text = json.dumps({"scope": self._scope, "cursor": value, "again": again.isoformat(), "lost": lost})
        temporary = self._path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        handle = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self.value, self.again, self.lost = value, again, lost


def _failed(error: Exception) -> PollFailed:
    if isinstance(error, PollFailed):
        return error
    return PollFailed((isinstance(error, OSError) and error.strerror) or "no connection")


def _in_thread(call: Callable[[], T]) -> asyncio.Future[T]:
    """CALL in a thread that nobody has to wait for."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def work() -> None:
        result, raised = None, None
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            raised = error
        with contextlib.suppress(RuntimeError):  # the loop has ended without us
            loop.call_soon_threadsafe(settle, result, raised)

    threading.Thread(target=work, daemon=True).start()
    return future
