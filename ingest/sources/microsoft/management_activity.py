"""The audit log of Microsoft 365, by the Office 365 Management Activity API: subscriptions, listings and contents.

Source: "Office 365 Management Activity API reference"; "… troubleshooting" (AF429 as 403; PublisherIdentifier).
"""

import json
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

import httpx

from ingest.decoders import json_array
from ingest.decoders.frame import Framing
from ingest.sources.microsoft.line import DOCUMENT_BYTES, Garbled, Refusal, Unreadable, document, pieces, whole
from ingest.sources.microsoft.windows import Records, WindowPoller, log
from ingest.sources.polling import PollFailed
from schemas.collectors.microsoft import ManagementActivity

_KEPT = timedelta(days=7)
_UNREADABLE_S = 3600.0  # a content that can't be read for so long is kept as it is
_GONE = {"AF20050", "AF20051", "AF20052"}  # no such content; it has expired; no such id
_ENABLED = "AF20024"  # a subscription that is started is enabled
_IN_MEMORY = 4 << 20  # of a content; a longer one is held in a file without a name
_EDGE = 4 << 10  # of a content, by which we see that it is whole
_MARK = b"\xef\xbb\xbf"

T = TypeVar("T")
_File = tempfile.SpooledTemporaryFile[bytes]


class _Content(NamedTuple):
    id: str
    uri: str


class _TooLong(Exception):  # noqa: N818 - what it is
    """A content of more than max_content_bytes."""


class ManagementActivityCollector(WindowPoller):
    """kind = "management_activity"."""

    settings: ManagementActivity

    def __init__(self, settings: ManagementActivity) -> None:
        super().__init__(settings, dict.fromkeys(settings.content_types, settings.source), _KEPT)
        self._root = f"{settings.url}/api/v1.0/{settings.tenant}/activity/feed"
        self._publisher = {"PublisherIdentifier": settings.publisher or settings.tenant}
        self._subscribed: set[str] = set()
        self._refused: dict[str, Refusal] = {}  # by log: no subscription to it
        self._stored: dict[str, dict[str, datetime]] = {}  # by log and id: where the window ended that had it
        self._unreadable: dict[str, float] = {}  # by id: since when

    def close(self) -> None:
        """End the connections, and look at the subscriptions again."""
        super().close()
        self._subscribed = set()

    def prepare(self, known: AbstractSet[str]) -> None:
        """Start what isn't subscribed to."""
        if self._subscribed >= self.logs.keys():
            return
        url = f"{self._root}/subscriptions/list"
        enabled = self.api.ask("GET", url, _enabled, **self._publisher)
        self._refused = {}
        for name in self.logs.keys() - enabled:
            url = f"{self._root}/subscriptions/start"
            try:
                self.api.ask("POST", url, lambda _: None, contentType=name, **self._publisher)
            except Refusal as refusal:
                if refusal.code != _ENABLED:
                    self._refused[name] = refusal
                    continue
            log.warning("%s: %s: subscribed to; what came before can't be collected", self.settings.place, name)
            if name in known:
                self.lost(self.settings.source, f"times that {name} was not subscribed to")
        self._subscribed = set(self.logs)

    def read(self, name: str, start: datetime, stop: datetime) -> Records:
        """The records of the contents that became available from START up to STOP, which isn't within."""
        if name in self._refused:
            raise self._refused[name]
        stored = self._stored.setdefault(name, {})
        for gone in [each for each, end in stored.items() if end < start]:
            del stored[gone]
        read: dict[str, datetime] = {}
        left: PollFailed | None = None
        for listed in self._listings(name, start, stop):
            fresh = [content for content in listed if content.id not in stored]
            fetches = (partial(self._fetched, content) for content in fresh)
            for content, fetched in zip(fresh, _ahead(fetches, self.settings.at_once), strict=True):
                if isinstance(fetched, PollFailed):
                    left = fetched
                    continue
                if fetched is None:
                    stored[content.id] = stop
                    continue
                with fetched:
                    yield from self._records(fetched)
                read[content.id] = stop
        yield [], []  # whoever asks for what follows has kept what was before
        stored |= read
        if left:
            raise left

    def _listings(self, name: str, start: datetime, stop: datetime) -> Iterator[list[_Content]]:
        url: str | None = f"{self._root}/subscriptions/content"
        query = {"contentType": name, "startTime": _stamp(start), "endTime": _stamp(stop)}
        asked = set()
        while url is not None:
            if url in asked:
                raise PollFailed(f"{name}: its pages lead in a circle")
            asked.add(url)
            listed, url = self.api.ask("GET", url, _listing, **query, **self._publisher)
            yield listed
            query = {}

    def _fetched(self, content: _Content) -> _File | PollFailed | None:
        """The content; or that it can't be read now; or None if it never will be. Errors: PollFailed, Refusal."""
        self.intake.spool.root.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = stack.enter_context(_File(_IN_MEMORY, dir=str(self.intake.spool.root)))
            try:
                self.api.ask("GET", content.uri, partial(self._take, file), **self._publisher)
            except Refusal as refusal:
                if refusal.code not in _GONE and refusal.status not in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
                    raise
                self.lost(self.settings.source, "contents that had expired")
                return None
            except _TooLong:
                self.lost(self.settings.source, "contents longer than max_content_bytes")
                return None
            except Unreadable as unreadable:
                since = self._unreadable.setdefault(content.id, time.monotonic())
                if time.monotonic() - since < _UNREADABLE_S:
                    return unreadable
                self.odd("contents that are no JSON, kept as they are")
            self._unreadable.pop(content.id, None)
            file.seek(0)
            stack.pop_all()
            return file

    def _take(self, file: _File, response: httpx.Response) -> None:
        """Write the content into FILE. Errors: Garbled unless it begins and ends as an array."""
        file.seek(0)
        file.truncate()
        for piece in pieces(response):
            file.write(piece)
            if file.tell() > self.settings.max_content_bytes:
                raise _TooLong
        size = file.tell()
        file.seek(max(0, size - _EDGE))
        end = file.read().rstrip()
        file.seek(0)
        if not file.read(_EDGE).removeprefix(_MARK).lstrip().startswith(b"[") or not end.endswith(b"]"):
            raise Garbled("the answer is no JSON, or was cut")

    def _records(self, file: _File) -> Records:
        for frame in json_array.split(cast("BinaryIO", file), Framing(), 0, {}):
            records = frame.records["record"].to_pylist()
            identities = [_identity(record) for record in records]
            self.odd("records that are no JSON object, kept as they are", identities.count(None))
            yield records, [self.entry(*each) for each in zip(identities, records, strict=True)]


def _enabled(response: httpx.Response) -> set[str]:
    said = document(whole(response, DOCUMENT_BYTES))
    try:
        return {each["contentType"] for each in said if each.get("status", "enabled") == "enabled"}
    except (TypeError, KeyError, AttributeError):
        raise Garbled("the answer is no list of subscriptions") from None


def _listing(response: httpx.Response) -> tuple[list[_Content], str | None]:
    """What an answer lists, and where the next page is."""
    said = document(whole(response, DOCUMENT_BYTES))
    try:
        listed = {each["contentId"]: _Content(each["contentId"], each["contentUri"]) for each in said}
    except (TypeError, KeyError):
        raise Garbled("the answer is no list of contents") from None
    return list(listed.values()), response.headers.get("NextPageUri")


def _identity(record: bytes) -> str | None:
    """The record's own id; empty if it has none; None if it is no JSON object."""
    try:
        said = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    identity = said.get("Id")
    return identity if isinstance(identity, str) else ""


def _ahead(calls: Iterable[Callable[[], T]], most: int) -> Iterator[T]:
    """What CALLS give, in their order, MOST of them under way at once, in threads that nobody has to wait for."""
    under_way: deque[Future[T]] = deque()
    try:
        for call in calls:
            under_way.append(_started(call))
            if len(under_way) >= most:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.add_done_callback(_discard)


def _started(call: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future


def _discard(future: Future[Any]) -> None:
    if future.exception() is None and isinstance(future.result(), tempfile.SpooledTemporaryFile):
        future.result().close()


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
