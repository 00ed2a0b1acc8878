"""Records over HTTP: POST /v1/records/SOURCE, answered when they are durable."""

import asyncio
import json
from collections.abc import Callable
from io import BytesIO

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingest.decoders import json_array
from ingest.decoders.frame import Framing
from ingest.sources.intake import context
from ingest.sources.remembered import Entry, digest
from ingest.sources.web import Refused, WebCollector
from schemas.collectors.web import Http

_LINES = {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
_DOCUMENT = {"application/json", ""}
_KEY_LENGTH = 255


class HttpCollector(WebCollector):
    """kind = "http"."""

    def __init__(self, settings: Http) -> None:
        route = Route("/v1/records/{source}", self._records, methods=["POST"])
        super().__init__(settings, [route], _error, {})

    async def _records(self, request: Request) -> Response:
        sender = self.sender(request)
        source = request.path_params["source"]
        if source not in self.settings.sources():
            raise Refused(404, "no such source", "source")
        if source not in sender.sources:
            raise Refused(403, "this token is for other sources", "source")
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= _KEY_LENGTH:
            raise Refused(400, f"want 1 to {_KEY_LENGTH} characters", "Idempotency-Key")
        framed = _framing(request.headers.get("content-type", ""))
        async with self.body(request) as body:
            records = await asyncio.to_thread(framed, body)
            if not records:
                raise Refused(400, "holds no record", "body")
            by = context(sender=sender.name)
            if key is None:
                with self.storing():
                    await self.intake.append(self.settings.name, source, records, context=by)
            else:
                await self._once(source, records, by, digest(sender.name.encode(), source.encode(), key.encode()))
        return JSONResponse({"accepted": len(records)}, 202)

    async def _once(self, source: str, records: list[bytes], by: bytes, key: bytes) -> None:
        """Store RECORDS unless they were stored under KEY."""
        content = digest(*records, b"")
        async with self.remembered.claimed([key]):
            stored = self.remembered.get(key)
            if stored is None:
                with self.storing():
                    await self.intake.append(self.settings.name, source, records, note=key + content, context=by)
                self.remembered.add([Entry(key, content)])
            elif stored != content:
                raise Refused(422, "was used for other records", "Idempotency-Key")


def _error(refused: Refused) -> dict[str, str | int | None]:
    return {"error": refused.error, "field": refused.field, "status": refused.status}


def _framing(content_type: str) -> Callable[[bytes], list[bytes]]:
    """How a body of that type is cut into records. Errors: Refused."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in {"utf-8", "us-ascii"}:
            raise Refused(415, "want UTF-8", "Content-Type")
    if kind in _LINES:
        return _lines
    if kind in _DOCUMENT:
        return _document
    raise Refused(415, "want application/x-ndjson or application/json", "Content-Type")


def _lines(body: bytes) -> list[bytes]:
    """The lines that aren't blank. One that isn't JSON is kept, and becomes a reject in the lake."""
    return [line.rstrip(b"\r") for line in body.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]


def _document(body: bytes) -> list[bytes]:
    """An object as one record, an array's objects as one each, as they were spelt. Errors: Refused."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        document = json.loads(text) if text else []
    except (ValueError, RecursionError):
        raise Refused(400, "is not JSON", "body") from None
    if isinstance(document, dict):
        return [text]
    if not isinstance(document, list) or not all(isinstance(each, dict) for each in document):
        raise Refused(400, "want an object, or an array of objects", "body")
    frames = json_array.split(BytesIO(text), Framing(), 0, {})
    records = [record for frame in frames for record in frame.records["record"].to_pylist()]
    assert len(records) == len(document)
    return records
