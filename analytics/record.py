"""One original log record, as it was received, and what it became; personal numbers in it are tokens."""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from analytics import views
from analytics.acts import Act
from analytics.answer import hold_purpose, hold_texts
from analytics.caller import Caller, caller
from analytics.installation import Installation
from analytics.narrow import Need
from ingest import identity
from ingest.lake import engine
from schemas.errors import QuestionError, SettingsError

ADDRESS = re.compile(r"(?P<shard>.+)-(?P<position>\d{1,18})-(?P<part>\d{1,9})")
# Whatever may be a number, in any spelling: to hide too much of a record is better than to show one. A text is read as
# it stands and with its escapes (of JSON, addresses, markup and our own), since either may hide the other's digits.
_ESCAPE = re.compile(
    r"\\u(?P<u>[0-9A-Fa-f]{4})|\\x(?P<x>[0-9A-Fa-f]{2})|%(?:25)*u?(?P<p>00[0-9A-Fa-f]{2}|[0-9A-Fa-f]{2})"
    r"|&\#(?P<d>\d{1,7});|&\#[xX](?P<h>[0-9A-Fa-f]{1,6});|&[A-Za-z]{2,8};|\\[A-Za-z]"
)
_MOST_BETWEEN = 6  # characters or escapes between two digits of a number
_LENGTHS = (12, 10)
# Times, IP addresses and UUIDs are shown.
_EVERYDAY = re.compile(
    r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[-+]\d\d:?\d\d)?(?!\d)"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|(?<!\w)[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?!\w)"
)
_HEX = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{20,}(?![0-9A-Fa-f])")
# Bytes two digits each, with something between: 31 32, 31:32, 0x31, 0x32.
_APART = re.compile(
    r"(?<![0-9A-Fa-f])(?:0x)?[0-9A-Fa-f]{2}(?:[\s:;,.|_-]{1,3}(?:0x)?[0-9A-Fa-f]{2}){9,}(?![0-9A-Fa-f])"
)
# Ten digits take fourteen letters; a slash may be escaped, and lines broken, as it stands or in JSON.
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]|\\[/rn]|\r?\n){14,}")
_BROKEN = re.compile(r"\\[rn]|[\\\r\n]")
_WITHIN = 120  # characters that ten digits of a number stand within, however they are spelt
_MARKER = "[***]"  # in place of bytes that hold a number
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

    `cut`: the text is longer than what is shown of it. `broken`: why the decoder could not frame it. `shape`: the
    record is no text, so each letter is shown as x and each digit as 9.
    """

    source: str
    shard: str
    position: int
    received: datetime
    broken: str | None
    text: str
    cut: bool
    shape: bool
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
    hold_texts("record", {"id": event})
    hold_purpose(home.settings, "record", purpose)
    match = ADDRESS.fullmatch(event)
    if match is None:
        raise QuestionError("record", "id", "is no event's id")
    act = Act(home=home, who=who, question="record", params={"id": event}, purpose=purpose)
    with act.asked(now):
        found = _read(home, match["shard"], int(match["position"]), who)
    act.write("answered", datetime.now(UTC), 1)
    return found


def _read(home: Installation, shard: str, position: int, who: Caller) -> Record:
    address = {"shard": shard, "position": position}
    with home.connect() as connection:
        views.scoped(connection, who, home.narrowed([Need(address=(shard, position))]), {}, ())
        rows = connection.sql(_ROWS, params=address).to_arrow_table().to_pylist()
        # A gap was received, in a way, but it is no record: what is late may come after it.
        days = {row["received"].astimezone(UTC).date() for row in rows if row["kind"] != "gap"}
        evidence = _EVIDENCE.format(evidence=home.record(position, days), most=4 * _MOST_CHARACTERS)
        found = connection.sql(evidence, params=address).to_arrow_table().to_pylist()
        if not found:
            raise QuestionError("record", "id", "there is no record of that id")
        context = _CONTEXT.format(contexts=home.relation("contexts"))
        about = connection.execute(context, {"id": found[0]["context"]}).fetchone()
    context_said = about[0] if about else ""
    text = _decoded(found[0]["record"], context_said).rstrip("\0")
    shape = _is_bytes(text, context_said, found[0]["broken"])
    if shape:
        text = _shape(text)
    shown, said = _hidden(home, [text[:_MOST_CHARACTERS], context_said], found[0]["received"])
    return Record(
        source=found[0]["source"],
        shard=shard,
        position=position,
        received=found[0]["received"],
        broken=found[0]["broken"],
        text=shown,
        cut=len(text) > _MOST_CHARACTERS or found[0]["bytes"] > len(found[0]["record"]),
        shape=shape,
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


def _is_bytes(text: str, context: str, broken: str | None) -> bool:
    """Whether a record is no text: its bytes may spell anything in an encoding that nobody declared."""
    return "\0" in text or (broken is not None and "evtx" in context.lower())


def _shape(text: str) -> str:
    return "".join(
        "x" if letter.isalpha() else "9" if letter.isnumeric() else letter if letter.isprintable() else " "
        for letter in text
    )


def _hidden(home: Installation, texts: list[str], received: datetime) -> list[str]:
    """TEXTS with tokens in place of all that may be a personal number. Errors: SettingsError without the key."""
    for pattern, spelt in _SPELT:
        texts = [pattern.sub(partial(_masked, spelt), text) for text in texts]
    found = [_numbers(text) for text in texts]
    numbers = sorted({number for places in found for _, _, number in places})
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
    return [_replaced(text, places, tokens) for text, places in zip(texts, found, strict=True)]


def _replaced(text: str, places: list[tuple[int, int, str]], tokens: Mapping[str, str]) -> str:
    """TEXT with tokens at PLACES; where places overlap, all that any of them covers is gone."""
    pieces, at = [], 0
    for start, stop, number in places:
        if start >= at:
            pieces += [text[at:start], tokens[number]]
        at = max(at, stop)
    return "".join([*pieces, text[at:]])


def _numbers(text: str) -> list[tuple[int, int, str]]:
    """Where what may be numbers begin and end in TEXT, and their digits, in order."""
    skip = [match.span() for match in _EVERYDAY.finditer(text)]
    return sorted({found for escapes in (False, True) for found in _spelt(text, skip, escapes=escapes)})


def _spelt(text: str, skip: list[tuple[int, int]], *, escapes: bool) -> Iterator[tuple[int, int, str]]:
    """The numbers of TEXT, read with or without its ESCAPES."""
    chain: list[tuple[int, int, str, str]] = []  # begin, end, digit, and what stands before it
    between, count, last = "", 0, 0
    for start, stop, letter in _letters(text, skip, escapes=escapes):
        if letter.isdecimal():
            chain.append((start, stop, str(int(letter)), between))
            between, count, last = "", 0, stop
        elif letter == "\0" and chain and last == start:
            last = stop  # the other half of a character of two bytes
        elif letter.isalnum() or count == _MOST_BETWEEN:
            yield from _windows(chain)
            chain, between, count = [], "", 0
        elif chain:
            between, count = between + letter, count + 1
    yield from _windows(chain)


def _letters(text: str, skip: list[tuple[int, int]], *, escapes: bool) -> Iterator[tuple[int, int, str]]:
    """Begin, end and character of each part of TEXT that matters: x stands for a run of what is no number."""
    spans = iter([*skip, (len(text), len(text))])
    begin, end = next(spans)
    at = 0
    while at < len(text):
        if at >= begin:
            yield at, max(end, at), "x"
            at = max(end, at)
            begin, end = next(spans, (len(text) + 1, len(text) + 1))
            continue
        match = _ESCAPE.match(text, at) if escapes and text[at] in "\\%&" else None
        if match is None:
            yield at, at + 1, text[at]
            at += 1
            continue
        code = match["u"] or match["x"] or match["p"] or match["h"]
        number = int(code, 16) if code else int(match["d"]) if match["d"] else ord(" ")
        # A byte past ASCII is a part of a character; a soft hyphen and a dash are spelt so in addresses.
        beyond = match["p"] is not None and number >= 0x80  # noqa: PLR2004
        yield at, match.end(), "-" if beyond or number > 0x10FFFF else chr(number)  # noqa: PLR2004
        at = match.end()


def _windows(chain: list[tuple[int, int, str, str]]) -> Iterator[tuple[int, int, str]]:
    """The numbers of a CHAIN of digits: ten or twelve that no digit stands right before or after."""
    for first, (start, _, _, before) in enumerate(chain):
        if first and not before:
            continue
        for length in _LENGTHS:
            after = first + length
            if after > len(chain) or (after < len(chain) and not chain[after][3]):
                continue
            digits = "".join(digit for _, _, digit, _ in chain[first:after])
            if identity.looks_like_number(digits[-10:]):
                plus = "+" if "+" in chain[after - 4][3] else ""
                yield start, chain[after - 1][1], f"{digits[:-4]}{plus}{digits[-4:]}"


def _masked(spelt: Callable[[str], Iterator[bytes]], run: re.Match[str]) -> str:
    """RUN, or the marker if the bytes that it spells, in one byte a character or two, hold a number."""
    for data in spelt(run[0]):
        text = data.decode("latin-1")
        if _dense(text) and (_numbers(text) or _numbers(text.replace("\0", ""))):
            return _MARKER
    return run[0]


def _dense(text: str) -> bool:
    """Whether ten digits stand as near to each other as a number's: most bytes that are none need no closer look."""
    places = [match.start() for match in re.finditer(r"\d", text)]
    return any(last - first <= _WITHIN for first, last in zip(places, places[9:], strict=False))


def _hex(run: str) -> Iterator[bytes]:
    yield from map(bytes.fromhex, (run,) if len(run) % 2 == 0 else (run[:-1], run[1:]))


def _apart(run: str) -> Iterator[bytes]:
    yield bytes.fromhex("".join(re.findall(r"(?:0x)?([0-9A-Fa-f]{2})", run)))


def _base64(run: str) -> Iterator[bytes]:
    """Wherever in RUN it begins: four letters are three bytes."""
    letters = _BROKEN.sub("", run).replace("-", "+").replace("_", "/")
    for start in range(4):
        whole = letters[start:]
        whole = whole[:-1] if len(whole) % 4 == 1 else whole
        yield base64.b64decode(whole + "=" * (-len(whole) % 4))


_SPELT = ((_HEX, _hex), (_APART, _apart), (_BASE64, _base64))
