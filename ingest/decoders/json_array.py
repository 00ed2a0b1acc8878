"""JSON documents of many records: an array, an object around one, or objects that each take several lines."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ingest.decoders import codeunits, frame, lines
from ingest.decoders.codeunits import Positions
from ingest.decoders.frame import Frame, Framing

open = lines.open  # noqa: A001
BROKEN = "CASE WHEN NOT json_valid(record) THEN 'json: not valid' END"

# Members whose array of objects holds the records: Graph, Azure, FHIR bundles, audit exports of other systems.
_WRAPPERS = b"value|records|events|entries|entry|items|results|data|logs|logevents"
_WRAPPED = re.compile(rb'"(?:' + _WRAPPERS + rb')"\s*:\s*\[(?=\s*[{\]])', re.IGNORECASE)
_NAMED = re.compile(rb'"(?:' + _WRAPPERS + rb')"\s*:\s*\Z', re.IGNORECASE)
_FULL = re.compile(rb"\[\s*[{\]]")
# One object a line may have members of those names that are its own; these two are always around records.
_ALWAYS = re.compile(
    rb'^\s*\{\s*(?:"@?[\w.@]+"\s*:\s*"[^"]*"\s*,\s*)*"(?:value|records)"\s*:\s*\[\s*[{\]]', re.IGNORECASE
)

_KINDS = np.zeros(256, np.int8)
_KINDS[[ord("{"), ord("[")]] = 1
_KINDS[[ord("}"), ord("]")]] = -1
_QUOTE, _BACKSLASH, _BRACKET = ord('"'), ord("\\"), ord("[")
_GLUE = b" \t\r\n,\0"


def matches(head: bytes) -> bool:
    """An array of values, an object that stands around one, or an object over several lines."""
    text = begins(head)
    if text.startswith(b"["):
        # A text line may begin with a bracket too: `[2026-03-01 …] message`.
        return re.match(rb'\[\s*([{\["\]]|$)', text) is not None
    if not text.startswith(b"{"):
        return False
    if _ALWAYS.match(text):
        return True
    first, newline, rest = text.partition(b"\n")
    if not newline:
        return _WRAPPED.search(first) is not None and _outer(first)
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return first.rstrip().endswith((b"{", b"[", b","))
    return not rest.strip() and _WRAPPED.search(first) is not None and _outer(first)


def begins(head: bytes) -> bytes:
    """HEAD from its first character, one byte a code unit, so that UTF-16 (PowerShell) looks like the rest."""
    for encoding in ("utf-16-le", "utf-16-be"):
        if head.startswith(codeunits.mark(encoding)):
            return codeunits.narrow(head, encoding)[1:].lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def split(  # noqa: C901 (one loop over what is held)
    stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]
) -> Iterator[Frame]:
    """Frame the elements of arrays, and objects that stand alone.

    Shape:   columns of RECORDS; a record is an element's bytes. `{"value": […]}` and its like (Graph, Azure `records`,
             FHIR `entry` …) count as their array: the other members of such an outer object are no records.
    Errors:  text between values, and a value that the stream's end cuts, are broken records; a longer one than
             MAX_RECORD_BYTES comes in pieces. What is balanced but not JSON is found by BROKEN.
    Source:  RFC 8259; streaming, so that a document of any size takes the memory of one batch.
    """
    width = codeunits.width(framing.encoding)
    inside = int(state.get("inside", 0))
    over: list[int] | None = state.get("over")
    held = b""
    while True:
        chunk = stream.read(frame.BATCH_BYTES)
        held += chunk
        if offset == 0 and held.startswith(codeunits.mark(framing.encoding)):
            offset = len(codeunits.mark(framing.encoding))
            held = held[offset:]
        text = codeunits.narrow(held, framing.encoding)
        if over:
            at, over = _rest(text, inside, over)
            if at:
                cut = held[: at * width]
                held, offset = held[len(cut) :], offset + len(cut)
                yield codeunits.piece(
                    cut, offset - len(cut), codeunits.too_long(), resume=offset, state=_state(inside, over)
                )
            if over and not chunk:
                return
            if over:
                continue
            text = text[at:]
        found = _find(text, inside)
        if found.starts:
            starts, ends = np.array(found.starts), np.array(found.ends)
            for each in codeunits.frames(
                held, starts, ends, ends, offset=offset, width=width, state={}, reasons=found.reasons
            ):
                # Where a frame ends within an array, reading goes on within it.
                last = int(np.searchsorted(ends, (each.resume - offset) // width))
                yield Frame(each.records, each.resume, None, _state(found.levels[last], None))
        inside = found.inside
        held, offset = held[found.done * width :], offset + found.done * width
        if not chunk:
            if framing.final and text[found.done :].strip(_GLUE + b"]}"):
                yield codeunits.piece(
                    held,
                    offset,
                    "json: the file ends within the record",
                    resume=offset + len(held),
                    state=_state(inside, None),
                )
            return
        if len(held) >= frame.MAX_RECORD_BYTES:
            cut_units = len(text) - found.done
            body = text[found.done :]
            cut_units -= len(body) - len(body.rstrip(b"\\"))
            over = _where(body[:cut_units], inside)
            cut = held[: cut_units * width]
            held, offset = held[len(cut) :], offset + len(cut)
            yield codeunits.piece(
                cut, offset - len(cut), codeunits.too_long(), resume=offset, state=_state(inside, over)
            )


@dataclass(slots=True)
class _Found:
    """Records in a piece of text, and where and how deep reading goes on."""

    inside: int
    done: int = 0
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)  # how deep each record stands
    reasons: dict[int, str] = field(default_factory=dict)

    def add(self, start: int, end: int, level: int, reason: str | None = None) -> None:
        if reason:
            self.reasons[len(self.starts)] = reason
        self.starts.append(start)
        self.ends.append(end)
        self.levels.append(level)
        self.done, self.inside = end, level

    def extend(self, starts: list[int], ends: list[int], level: int) -> None:
        """Add whole records with nothing but separators between them."""
        self.starts += starts
        self.ends += ends
        self.levels += [level] * len(ends)
        self.done, self.inside = ends[-1], level

    def gap(self, text: bytes, start: int, end: int, level: int) -> None:
        """Text between records: separators are nothing, all else is a broken record."""
        between = text[start:end]
        kept = between.strip(_GLUE)
        if kept:
            at = start + between.index(kept)
            self.add(at, at + len(kept), level, "json: not an object")


@dataclass(frozen=True, slots=True)
class _Marks:
    """The brackets outside of strings: their places, and how deep the text is before and after each."""

    at: Positions
    kind: npt.NDArray[np.int8]  # 1 opens, -1 closes
    before: Positions
    after: Positions

    def opens(self, level: int) -> Positions:
        return np.flatnonzero((self.kind > 0) & (self.before == level))

    def closes(self, level: int) -> Positions:
        return np.flatnonzero((self.kind < 0) & (self.after == level) & (self.before == level + 1))


def _find(text: bytes, inside: int) -> _Found:
    found = _Found(inside)
    marks = _marks(text, inside, quoted=False)
    opened, closed = marks.opens(0).tolist(), marks.closes(0).tolist()
    if inside:
        opened.insert(0, -1)
    arrays = _arrays(text, marks, inside)
    where = [index for index, _ in arrays]
    end = 0
    for number, first in enumerate(opened):
        last = closed[number] if number < len(closed) else None
        if first >= 0:
            found.gap(text, end, int(marks.at[first]), 0)
        mine = arrays[_after(where, first) : _after(where, last) if last is not None else None] if arrays else []
        if mine:
            for index, level in mine:
                _elements(text, marks, index, level, found)
        elif last is not None:
            found.add(int(marks.at[first]), int(marks.at[last]) + 1, 0)
        if last is None:
            return found
        end = int(marks.at[last]) + 1
        found.done, found.inside = end, 0
    return found


def _elements(text: bytes, marks: _Marks, index: int, level: int, found: _Found) -> None:
    """The elements of the array that opens at mark INDEX (-1: before the text), as far as they are there."""
    begin = int(marks.at[index]) + 1 if index >= 0 else 0
    found.done, found.inside = begin, level
    below = np.flatnonzero(marks.after[index + 1 :] < level)
    stop = index + 1 + int(below[0]) if len(below) else len(marks.at)
    span = slice(index + 1, stop)
    starts = marks.at[span][(marks.kind[span] > 0) & (marks.before[span] == level)].tolist()
    ends = (marks.at[span][(marks.kind[span] < 0) & (marks.after[span] == level)] + 1).tolist()
    whole = len(ends)
    between = b"".join([text[a:b] for a, b in zip([begin, *ends], starts[:whole], strict=False)])
    if whole and not between.strip(_GLUE):
        found.extend(starts[:whole], ends, level)
        starts, ends = starts[whole:], []
    at = begin if not whole or ends else found.done
    for start, end in zip(starts, ends, strict=False):
        found.gap(text, at, start, level)
        found.add(start, end, level)
        at = end
    if len(starts) == len(ends) and stop < len(marks.at):
        found.gap(text, at, int(marks.at[stop]), level)


def _arrays(text: bytes, marks: _Marks, inside: int) -> list[tuple[int, int]]:
    """The arrays that hold records: index of the opening mark (-1: before the text) and level of the elements."""
    arrays = [(-1, inside)] if inside else []
    arrays += [(index, 1) for index in marks.opens(0).tolist() if text[marks.at[index]] == ord("[")]
    for index in marks.opens(1).tolist():
        at = int(marks.at[index])
        # Looking back from the few arrays at that depth is far cheaper than looking for the names in all of the text.
        if text[at] == _BRACKET and _named(text, at) and _in_object(text, marks, index, inside):
            arrays.append((index, 2))
    return sorted(arrays)


def _named(text: bytes, at: int) -> bool:
    """Whether the array that opens at AT has one of the known names, and objects in it (or nothing)."""
    return _FULL.match(text, at) is not None and _NAMED.search(text[max(0, at - 64) : at]) is not None


def _in_object(text: bytes, marks: _Marks, index: int, inside: int) -> bool:
    outer = np.flatnonzero((marks.before[:index] == 0) & (marks.kind[:index] > 0))
    return text[marks.at[outer[-1]]] == ord("{") if len(outer) else inside == 2  # noqa: PLR2004 (an object, then its array)


def _after(where: list[int], index: int) -> int:
    return int(np.searchsorted(where, index))


def _marks(text: bytes, depth: int, *, quoted: bool) -> _Marks:
    """The brackets of TEXT that stand outside of strings. A bracket too many that closes is left as the text it is."""
    data = np.frombuffer(text, np.uint8)
    kinds = _KINDS[data]
    at = np.flatnonzero(kinds)
    outside = (np.searchsorted(_quotes(data), at) & 1) == int(quoted)
    at = at[outside]
    kind = kinds[at]
    level = np.cumsum(kind, dtype=np.int64) + depth
    after = level - np.minimum(np.minimum.accumulate(level), 0) if len(level) else level
    before = np.concatenate(([depth], after[:-1])) if len(after) else after
    return _Marks(at, kind, before, after)


def _quotes(data: npt.NDArray[np.uint8]) -> Positions:
    """Quotation marks that begin or end a string: those behind an odd run of backslashes don't."""
    quotes = data == _QUOTE
    slashes = np.flatnonzero(data == _BACKSLASH)
    if len(slashes):
        first = np.flatnonzero(np.diff(slashes, prepend=-2) > 1)
        last = np.append(first[1:], len(slashes)) - 1
        escaped = slashes[last[(last - first) % 2 == 0]] + 1
        quotes[escaped[escaped < len(data)]] = False
    return np.flatnonzero(quotes)


def _where(text: bytes, depth: int) -> list[int]:
    """How deep TEXT ends, and whether within a string."""
    marks = _marks(text, depth, quoted=False)
    data = np.frombuffer(text, np.uint8)
    return [int(marks.after[-1]) if len(marks.after) else depth, len(_quotes(data)) & 1]


def _rest(text: bytes, inside: int, over: list[int]) -> tuple[int, list[int] | None]:
    """Where a record that was cut for its length ends in TEXT; else all of TEXT, and where that leaves us."""
    marks = _marks(text, over[0], quoted=bool(over[1]))
    closed = marks.closes(inside)
    if len(closed):
        return int(marks.at[closed[0]]) + 1, None
    body = text.rstrip(b"\\")
    depth = int(marks.after[-1]) if len(marks.after) else over[0]
    return len(body), [depth, (len(_quotes(np.frombuffer(body, np.uint8))) + over[1]) & 1]


def _state(inside: int, over: list[int] | None) -> dict[str, Any]:
    return {key: value for key, value in (("inside", inside), ("over", over)) if value}


def _outer(text: bytes) -> bool:
    """Whether one of the known members is an array of the outermost object."""
    return any(level == 2 for _, level in _arrays(text, _marks(text, 0, quoted=False), 0))  # noqa: PLR2004
