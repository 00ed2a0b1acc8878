"""Runs the cases of SQL files: what each kind is given, and how its answer is compared."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import duckdb

from analytics.cases import difference
from analytics.detect.knowledge import detections, explanations
from analytics.question import questions
from dashboards.cli.normalise import normalised
from ingest.mapping import connect, mappings
from schemas.source import Source
from schemas.sqlfile import Case, SqlFile

_FRAMING_AND_SOURCE = ("zone", "system", "objects")


def failures(kind: str | None = None, name: str | None = None) -> Iterator[tuple[SqlFile, Case, str]]:
    """Every case that fails, with what differs. KIND and NAME narrow the run."""
    for each, (files, run) in KINDS.items():
        if kind in {None, each}:
            for file in files().values():
                if name in {None, file.name}:
                    for case in file.cases:
                        difference = run(file, case)
                        if difference:
                            yield file, case, difference


def mapping_case(file: SqlFile, case: Case) -> str:
    """Run a mapping's case: raw text (or a file beside) in, one JSON object a record out, as `normalise` prints."""
    if "given_file" in case.rest:
        given = (file.path.parent / case.rest["given_file"]).read_bytes()
    else:
        given = case.given.encode()
    params = dict(case.params)
    reference = params.pop("reference", None)
    source = Source(
        name=file.name,
        mapping=file.name,
        decoder=case.rest.get("decoder"),
        framing=case.rest.get("framing", {}),
        **{key: params.pop(key) for key in _FRAMING_AND_SOURCE if key in params},
        params=params,
    )
    received = case.rest.get("received", datetime(2026, 3, 2, tzinfo=UTC))
    asked = datetime.fromisoformat(reference) if reference else None
    found = [
        _open(json.loads(line))
        for lines in normalised(io.BytesIO(given), source, asked, received, connection=_connection())
        for line in lines["line"].to_pylist()
    ]
    expected = [json.loads(text) for text in _values(case.expect)]
    return _difference(found, expected)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One for all cases: a mapping's statement is planned once."""
    return connect(threads=1)


KINDS: dict[str, tuple[Callable[[], dict[str, SqlFile]], Callable[[SqlFile, Case], str]]] = {
    "mapping": (mappings, mapping_case),
    "question": (questions, difference),
    "explanation": (explanations, difference),
    "detection": (detections, difference),
}


def _values(text: str) -> Iterator[str]:
    """The JSON values of TEXT, one after another, laid out over lines as the author liked."""
    decoder = json.JSONDecoder()
    at = 0
    while text[at:].strip():
        start = at + len(text[at:]) - len(text[at:].lstrip())
        _, at = decoder.raw_decode(text, start)
        yield text[start:at]


def _open(record: dict[str, Any]) -> dict[str, Any]:
    """A record with `details` as JSON instead of JSON text, which is how cases write it."""
    for event in record.get("events", ()):
        if "details" in event:
            event["details"] = json.loads(event["details"])
    return record


def _difference(found: list[Any], expected: list[Any]) -> str:
    lines = [f"{len(found)} records, want {len(expected)}"] if len(found) != len(expected) else []
    for got, want in zip(found, expected, strict=False):
        if got != want:
            lines += [f"  got  {json.dumps(got, ensure_ascii=False)}", f"  want {json.dumps(want, ensure_ascii=False)}"]
    return "\n".join(lines)


def encoded(data: bytes) -> str:
    """Bytes as a case file can hold them."""
    return base64.b64encode(data).decode()
