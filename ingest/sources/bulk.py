"""Records from what ships to Elasticsearch: its bulk protocol, and the answers that clients ask for at their start.

What can't be made durable now gets no answer at all: Beats and Vector give up what an item's status refuses, rsyslog
what the request's does; a line that is cut is for all a reason to come again.

Source:  Elasticsearch's REST reference (bulk, info, licence, cluster health).
"""

import asyncio
import base64
import fnmatch
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingest.sources.intake import context
from ingest.sources.remembered import Entry, digest
from ingest.sources.web import Cut, Endpoint, Refused, WebCollector
from schemas.collectors.web import ElasticsearchBulk, Sender

_ANSWERS = {"X-elastic-product": "Elasticsearch"}  # without it Elastic's clients refuse to go on
_TAKEN = ("index", "create")
_CREATED, _REPLACED, _BAD, _FORBIDDEN, _MISSING, _CONFLICT, _OURS = 201, 200, 400, 403, 404, 409, 500
_RESULTS = {_CREATED: "created", _REPLACED: "updated"}
_ERRORS = {
    _BAD: "illegal_argument_exception",
    401: "security_exception",
    _FORBIDDEN: "security_exception",
    _MISSING: "index_not_found_exception",
    _CONFLICT: "version_conflict_engine_exception",
    413: "content_too_long_exception",
}
_NONE = Entry(b"", b"")
_NAME = "sparhund"
_UID = "c3Bhcmh1bmQtc3BhcmhuZA"  # of the cluster, which some clients want to see
_HEALTH = {
    "cluster_name": _NAME,
    "status": "green",
    "timed_out": False,
    "number_of_nodes": 1,
    "number_of_data_nodes": 1,
    "active_primary_shards": 1,
    "active_shards": 1,
    "relocating_shards": 0,
    "initializing_shards": 0,
    "unassigned_shards": 0,
    "delayed_unassigned_shards": 0,
    "number_of_pending_tasks": 0,
    "number_of_in_flight_fetch": 0,
    "task_max_waiting_in_queue_millis": 0,
    "active_shards_percent_as_number": 100.0,
}
_LICENSE = {"status": "active", "uid": _UID, "type": "basic", "mode": "basic", "issued_to": _NAME, "issuer": _NAME}
_XPACK = {"license": {"uid": _UID, "type": "basic", "mode": "basic", "status": "active"}, "features": {}}

# What clients set up before they deliver. It is there when asked for, and taken when given: we have no use for it.
_SET_UP = (
    "/_index_template/{name}",
    "/_template/{name}",
    "/_component_template/{name}",
    "/_ilm/policy/{name}",
    "/_ingest/pipeline/{name}",
    "/_data_stream/{name}",
    "/_alias/{name}",
    "/{name:path}",  # an index
)


@dataclass(slots=True)
class _Item:
    """One action of a bulk request, and what becomes of it."""

    action: str
    index: str
    id: str  # empty: the sender gives none
    source: str = ""
    record: bytes = b""
    entry: Entry = _NONE
    status: int = _CREATED
    reason: str = ""


class BulkCollector(WebCollector):
    """kind = "elasticsearch_bulk"."""

    settings: ElasticsearchBulk

    def __init__(self, settings: ElasticsearchBulk) -> None:
        number = settings.version
        info = {
            "name": _NAME,
            "cluster_name": _NAME,
            "cluster_uuid": _UID,
            "version": {
                "number": number,
                "build_flavor": "default",
                "build_type": "tar",
                "build_hash": "0" * 40,
                "build_date": "2025-01-01T00:00:00.000000000Z",
                "build_snapshot": False,
                "lucene_version": "10.1.0",
                "minimum_wire_compatibility_version": f"{number.split('.')[0]}.0.0",
                "minimum_index_compatibility_version": f"{number.split('.')[0]}.0.0",
            },
            "tagline": "You Know, for Search",
        }
        bulk = [
            Route(path, self._bulk, methods=["POST", "PUT"])
            for path in ("/_bulk", "/{index}/_bulk", "/{index}/{type}/_bulk")
        ]
        fixed: dict[str, dict[str, Any]] = {
            "/": info,
            "/_license": {"license": _LICENSE},
            "/_xpack": _XPACK,
            "/_cluster/health": _HEALTH,
        }
        told = [Route(path, self._told(said), methods=["GET"]) for path, said in fixed.items()]
        health = Route("/_cat/health", self._cat_health, methods=["GET"])
        set_up = [Route(path, self._set_up, methods=["GET", "PUT"]) for path in _SET_UP]
        super().__init__(settings, [*bulk, *told, health, *set_up], _error, _ANSWERS)

    def response(self, refused: Refused) -> Response:
        """No answer rather than a status from 500 on: rsyslog and others give up what a status refuses."""
        answer = super().response(refused)
        return Cut() if refused.status >= _OURS else answer

    def _told(self, said: dict[str, Any]) -> Endpoint:
        async def answer(request: Request) -> Response:
            self.sender(request)
            return JSONResponse(said, headers=_ANSWERS)

        return answer

    async def _cat_health(self, request: Request) -> Response:
        self.sender(request)
        now = time.gmtime()
        moment = f"{int(time.time())} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
        return PlainTextResponse(f"{moment} {_NAME} green 1 1 1 1 0 0 0 0 - 100.0%\n", headers=_ANSWERS)

    async def _set_up(self, request: Request) -> Response:
        self.sender(request)
        name = request.path_params["name"]
        if name.startswith("_"):
            raise Refused(_MISSING, "no such address")
        if request.method != "PUT":
            return JSONResponse({}, headers=_ANSWERS)
        async with self.body(request):
            return JSONResponse({"acknowledged": True, "shards_acknowledged": True, "index": name}, headers=_ANSWERS)

    async def _bulk(self, request: Request) -> Response:
        began = time.monotonic()
        sender = self.sender(request)
        index = request.path_params.get("index", "")
        host = request.client.host if request.client else ""
        async with self.body(request) as body:
            items = await asyncio.to_thread(self._items, body, index, sender, host)
            taken = [item for item in items if item.status == _CREATED]
            async with self.remembered.claimed([item.entry.key for item in taken]):
                await self._store(taken, sender)
            refused = [item for item in items if item.status >= _BAD]
            for item in refused:
                if item.status != _CONFLICT:
                    self.count(f"documents: {item.status} {item.reason}")
            answer = {
                "took": int((time.monotonic() - began) * 1000),
                "errors": bool(refused),
                "items": [{item.action: _result(item)} for item in items],
            }
            return JSONResponse(answer, headers=_ANSWERS)

    def _items(self, body: bytes, index: str, sender: Sender, host: str) -> list[_Item]:
        """The actions of a request, each with its record or why it is refused. Errors: Refused if it can't be cut."""
        sources: dict[str, str] = {}
        times: Counter[bytes] = Counter()
        whose = f"{sender.name} {host}".encode()
        items = list(_cut(body, index))
        for item in items:
            if item.action not in _TAKEN:
                item.status, item.reason = _BAD, "only index and create are taken: what was logged stays as it is"
                continue
            if item.index not in sources:
                sources[item.index] = self._source(item.index, sender)
            item.source = sources[item.index]
            if not item.source:
                item.status, item.reason = _MISSING, "no source takes this index"
            elif item.source not in sender.sources:
                item.status, item.reason = _FORBIDDEN, "this token is for other sources"
            else:
                _identify(item, whose, times)
        return items

    def _source(self, index: str, sender: Sender) -> str:
        """Whose records an INDEX holds: as `indices` says, else the sender's only source; empty if it has several."""
        for pattern, source in self.settings.indices.items():
            if fnmatch.fnmatchcase(index, pattern):
                return str(source)
        return sender.sources[0] if len(sender.sources) == 1 else ""

    async def _store(self, items: list[_Item], sender: Sender) -> None:
        """Append what wasn't stored before. Errors: Refused; what was stored then is known when all come again."""
        fresh: dict[tuple[str, str], list[_Item]] = {}
        mine: dict[bytes, bytes] = {}
        for item in items:
            key, value = item.entry
            held = mine.get(key) or self.remembered.get(key)
            if held is None or (item.action == "index" and held != value):
                fresh.setdefault((item.source, item.index), []).append(item)
                mine[key] = value
            else:
                self.intake.trouble[self.settings.name].odd["documents that were sent again"] += 1
            if held is not None and item.id:
                item.status = _CONFLICT if item.action == "create" else _REPLACED
        with self.storing():
            for (source, index), each in fresh.items():
                entries = [item.entry for item in each]
                note = b"".join(key + value for key, value in entries)
                records, by = [item.record for item in each], context(sender=sender.name, path=index)
                await self.intake.append(self.settings.name, source, records, note=note, context=by)
                self.remembered.add(entries)


def _cut(body: bytes, index: str) -> Iterator[_Item]:
    """The actions with their documents. Errors: Refused."""
    lines = body.split(b"\n")
    if lines.pop().strip():
        raise Refused(_BAD, "must end with a newline", "body")
    known: dict[bytes, tuple[str, str, str]] = {}
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if not line.strip():
            continue
        if line not in known:
            known[line] = _action(line, index, number)
        item = _Item(*known[line])
        if item.action != "delete":
            item.record = next(numbered, (0, b""))[1].removesuffix(b"\r")
            if not item.record.strip():
                raise Refused(_BAD, "want a document after the action", f"line {number + 1}")
        yield item


def _action(line: bytes, index: str, number: int) -> tuple[str, str, str]:
    """Action, index and id (empty if none is given). Errors: Refused."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or len(said) != 1:
        raise Refused(_BAD, "want an action", f"line {number}")
    ((action, about),) = said.items()
    if action not in {*_TAKEN, "update", "delete"} or not isinstance(about, dict):
        raise Refused(_BAD, "want index, create, update or delete", f"line {number}")
    index, identifier = about.get("_index") or index, about.get("_id")
    if not isinstance(index, str) or not index:
        raise Refused(_BAD, "want an index", f"line {number}")
    return action, index, "" if identifier is None else str(identifier)


def _identify(item: _Item, whose: bytes, times: Counter[bytes]) -> None:
    """Give ITEM the entry that a resend of it has too.

    A document without an id is known by sender, address and content; the n-th such document of one request by n too,
    since nobody sends a document twice in one request for want of an answer.
    """
    content = digest(item.record)
    place = (item.source.encode(), item.index.encode())
    if item.id:
        key = digest(b"id", *place, item.id.encode())
    else:
        times[content] += 1
        key = digest(b"content", *place, whose, content, times[content].to_bytes(4, "little"))
    item.entry = Entry(key, content)


def _result(item: _Item) -> dict[str, Any]:
    """What the protocol says of an item."""
    identifier = item.id or base64.urlsafe_b64encode(item.entry.key[:15]).decode()
    result: dict[str, Any] = {"_index": item.index, "_id": identifier, "status": item.status}
    if item.status >= _BAD:
        kind, reason = _ERRORS[item.status], item.reason or "version conflict, document already exists"
        return result | {"error": {"type": kind, "reason": reason, "index": item.index}}
    version = 1 if item.status == _CREATED else 2
    shards = {"total": 1, "successful": 1, "failed": 0}
    return result | {"_version": version, "result": _RESULTS[item.status], "_shards": shards}


def _error(refused: Refused) -> dict[str, Any]:
    reason = f"{refused.field}: {refused.error}" if refused.field else refused.error
    cause = {"type": _ERRORS.get(refused.status, "illegal_argument_exception"), "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": refused.status}
