"""One original log record, as it was received, and what it became; personal numbers in it are tokens."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from analytics import views
from analytics.acts import Act
from analytics.answer import hold_purpose, hold_texts
from analytics.caller import Caller, caller
from analytics.installation import Installation
from ingest import identity
from ingest.lake import engine
from schemas.errors import QuestionError, SettingsError

ADDRESS = re.compile(r"(?P<shard>.+)-(?P<position>\d{1,18})-(?P<part>\d{1,9})")
# Whatever may be a number, in any spelling: to hide too much of a record is better than to show one.
_NUMBER = re.compile(r"(?<!\d)(?:\d\d)?\d{6}[-+\s\u2010-\u2015\u2212]?\d{4}(?!\d)")
_MOST_CHARACTERS = 100_000
_EVIDENCE = """
SELECT e.source, e.received, e.broken, e.context, e.record[:{most}] AS record, octet_length(e.record) AS bytes
FROM {evidence} AS e WHERE e.shard = $shard AND e.position = $position
"""
_CONTEXT = "SELECT context FROM {contexts} WHERE id = $id LIMIT 1"
_ROWS = "SELECT * FROM normalised WHERE shard = $shard AND position = $position ORDER BY part"


@dataclass(frozen=True, slots=True)
class Record:
    """A record's address, its text and context, and its rows of `normalised`: events, or one reject or repeat.

    `cut`: the text is longer than what is shown of it. `broken`: why the decoder could not frame it.
    """

    source: str
    shard: str
    position: int
    received: datetime
    broken: str | None
    text: str
    cut: bool
    context: str
    rows: tuple[Mapping[str, Any], ...]


def record(
    home: Installation,
    event: str,
    *,
    purpose: str | None = None,
    now: datetime | None = None,
    who: Caller | None = None,
) -> Record:
    """The record that EVENT (its id) came from. Who asks and why is recorded, as for a question about a person.

    Errors:  QuestionError if there is none, or no purpose; SettingsError without the key of the tokens, since then
             numbers can't be hidden; LakeError as for questions.
    """
    now, who = now or datetime.now(UTC), who or caller()
    hold_texts("record", {"id": event, "purpose": purpose})
    hold_purpose(home.settings, "record", purpose)
    match = ADDRESS.fullmatch(event)
    if match is None:
        raise QuestionError("record", "id", "is no event's id")
    address = {"shard": match["shard"], "position": int(match["position"])}
    act = Act(home=home, who=who, question="record", params={"id": event}, purpose=purpose)
    act.write("asked", now)
    with home.connect() as connection:
        views.scoped(connection, who, home.relation("normalised"), {}, ())
        rows = connection.sql(_ROWS, params=address).to_arrow_table().to_pylist()
        evidence = _EVIDENCE.format(evidence=home.relation("evidence"), most=4 * _MOST_CHARACTERS)
        found = connection.sql(evidence, params=address).to_arrow_table().to_pylist()
        if not found:
            raise QuestionError("record", "id", "there is no record of that id")
        context = _CONTEXT.format(contexts=home.relation("contexts"))
        about = connection.execute(context, {"id": found[0]["context"]}).fetchone()
    act.write("answered", datetime.now(UTC), 1)
    context_said = about[0] if about else ""
    text = _decoded(found[0]["record"], context_said)
    shown, said = _hidden(home, [text[:_MOST_CHARACTERS], context_said], found[0]["received"])
    return Record(
        source=found[0]["source"],
        shard=match["shard"],
        position=int(match["position"]),
        received=found[0]["received"],
        broken=found[0]["broken"],
        text=shown,
        cut=len(text) > _MOST_CHARACTERS or found[0]["bytes"] > len(found[0]["record"]),
        context=said,
        rows=tuple(rows),
    )


def _decoded(record: bytes, context: str) -> str:
    """The text in the encoding that its context names; a byte that is none there is spelt out."""
    try:
        encoding = json.loads(context or "{}").get("encoding") or "utf-8"
        return record.decode(encoding, "backslashreplace")
    except (ValueError, AttributeError, LookupError, TypeError):
        return record.decode("utf-8", "backslashreplace")


def _hidden(home: Installation, texts: list[str], received: datetime) -> list[str]:
    """TEXTS with tokens in place of all that may be a personal number. Errors: SettingsError without the key."""
    numbers = sorted({found for text in texts for found in _NUMBER.findall(text) if identity.looks_like_number(found)})
    if not numbers:
        return texts
    key = home.key
    if key is None:
        raise SettingsError("identity", "key", "is not there, so numbers in the record can't be hidden")
    connection = engine()
    try:
        identity.prepare(connection, key)
        tokens = {number: identity.tokenise(connection, number, received) for number in numbers}
    finally:
        connection.close()
    return [_NUMBER.sub(lambda match: tokens.get(match[0], match[0]), text) for text in texts]
