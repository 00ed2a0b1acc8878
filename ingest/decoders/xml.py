"""XML: the elements of one name within a document, or one document after another."""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from ingest.decoders import codeunits, frame, json_array, lines
from ingest.decoders.frame import OPENED, Frame, Framing
from ingest.decoders.windows_event import ILLEGAL, WindowsEvents

# Elements that are a record wherever they stand; of others, those below the outermost element are.
_KNOWN = {
    b"Event",
    b"AuditEvent",
    b"Log",
    b"log",
    b"LogPost",
    b"logPost",
    b"accessLog",
    b"Logg",
    b"logg",
    b"audit_record",
    b"AUDIT_RECORD",
}
_TAG = re.compile(rb"<([^\s<>/!?]+)(?=[\s/>])")
_HIDDEN = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_LONGEST_END = 512  # an end tag with its prefix and blanks fits into so much


def matches(head: bytes) -> bool:
    """A stream whose first character begins a tag."""
    return re.match(rb"<[?!A-Za-z_]", json_array.begins(head)) is not None


def split(  # noqa: C901, PLR0912 (one loop over what is held)
    stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]
) -> Iterator[Frame]:
    """Frame the elements of the name `framing.element`, else of a known name, else the outermost one's children.

    Shape:   columns of RECORDS; a record is the element's bytes, tags included; all around it is no record. Elements of
             that name don't nest: one that begins within another says that the other was cut.
    Errors:  an element without an end or a beginning is a broken record; a longer one than MAX_RECORD_BYTES comes in
             pieces. What isn't well-formed within is found by `open`.
    Source:  XML 1.0; wevtutil and Get-WinEvent write `<Event>` one after another, with or without one around.
    """
    width = codeunits.width(framing.encoding)
    name = str(state.get("element", ""))
    over = bool(state.get("over"))
    held = b""
    while True:
        chunk = stream.read(frame.BATCH_BYTES)
        held += chunk
        text = codeunits.narrow(held, framing.encoding)
        if not name:
            name = _element(text, framing, ended=not chunk and framing.final)
            if not name and chunk:
                continue
            if not name:
                if framing.final and text.strip():
                    yield codeunits.piece(held, offset, "xml: no element", resume=offset + len(held), state={})
                return
        qualified = re.escape(name.encode("latin-1"))
        begin = re.compile(b"<" + qualified + rb"(?=[\s/>])")
        close = re.compile(b"</" + qualified + rb"\s*>")
        kept: dict[str, Any] = {"element": name}
        if over:
            found = close.search(text)
            if found is None and chunk and len(held) < frame.MAX_RECORD_BYTES:
                continue
            cut = found.end() if found else (len(text) if not chunk else max(1, len(text) - _LONGEST_END))
            over = found is None
            here, held, offset = held[: cut * width], held[cut * width :], offset + cut * width
            if here:
                after = {**kept, "over": True} if over else kept
                yield codeunits.piece(here, offset - len(here), codeunits.too_long(), resume=offset, state=after)
            if over and not chunk:
                return
            if over:
                continue
            text = text[cut:]
        starts, ends, reasons, done = _found(text, begin, close, ended=not chunk and framing.final)
        if starts:
            upto = np.array(ends)
            yield from codeunits.frames(
                held, np.array(starts), upto, upto, offset=offset, width=width, state=kept, reasons=reasons
            )
        held, offset = held[done * width :], offset + done * width
        if not chunk:
            return
        if len(held) >= frame.MAX_RECORD_BYTES:
            cut = len(held) // width - _LONGEST_END
            here, held, offset = held[: cut * width], held[cut * width :], offset + cut * width
            over = True
            yield codeunits.piece(
                here, offset - len(here), codeunits.too_long(), resume=offset, state={**kept, "over": True}
            )


def open(records: pa.Table, header: str | None, framing: Framing) -> pa.Table:  # noqa: A001, ARG001
    """The element as text, and as JSON in `fields`.

    Shape:   an object with the element's attributes as "@name", its children by name without namespace, a child that is
             repeated as an array, a child with text alone as that text (without blanks around it; "" if empty), and
             text beside attributes or children as "#text".
             A Windows event (`System` below `Event`) has `EventData` as name → value (`Data` without a name as
             "Data", several of one name as an array), `UserData` as its only child's content with that child's name in
             "#element", and within `System` an element's text as such with its attribute beside: "EventID@Qualifiers".
    Errors:  `xml: …` for what is not well-formed, and for a document type (entities are never resolved).
    """
    text, broken = lines.decoded(records["record"], framing.encoding)
    fields = _EVENTS.fields(text)
    rest = pc.and_(pc.is_null(fields), pc.is_null(broken))
    if pc.any(rest).as_py():
        shaped = [_shaped(record) for record in text.filter(rest).to_pylist()]
        columns = (pa.array(column, pa.string()) for column in zip(*shaped, strict=True))
        fields, broken = (
            pc.replace_with_mask(whole.combine_chunks(), rest.combine_chunks(), column)
            for whole, column in zip((fields, broken), columns, strict=True)
        )
    return pa.Table.from_arrays([text, fields, broken], schema=OPENED)


def _shaped(record: str) -> tuple[str | None, str | None]:
    """The JSON text of an element, or why there is none."""
    try:
        return json.dumps(shape(record), ensure_ascii=False), None
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, f"xml: {_said(error)}"


def _element(text: bytes, framing: Framing, *, ended: bool) -> str:
    """The qualified name of the elements that are records, or "" if more must be read to know it."""
    head = _HIDDEN.sub(b"", text[: 64 << 10])
    tags = _TAG.findall(head)
    for tag in tags:
        local = tag.rpartition(b":")[2]
        if local == framing.element.encode() if framing.element else local in _KNOWN:
            return str(tag, "latin-1")
    if not ended and len(text) < 64 << 10:
        return ""
    return framing.element or str(tags[min(1, len(tags) - 1)], "latin-1") if tags else framing.element


def _found(
    text: bytes, begin: re.Pattern[bytes], close: re.Pattern[bytes], *, ended: bool
) -> tuple[list[int], list[int], dict[int, str], int]:
    """The records in TEXT: where each begins and ends, why some are broken, and how far that reaches."""
    text, limit = _shown(text, ended=ended)
    starts: list[int] = []
    ends: list[int] = []
    reasons: dict[int, str] = {}
    done = 0

    def add(start: int, end: int, reason: str = "") -> None:
        nonlocal done
        if reason:
            reasons[len(starts)] = reason
        starts.append(start)
        ends.append(end)
        done = end

    first = begin.search(text, 0, limit)
    last = close.search(text, 0, limit)
    while first or last:
        if first is None or (last is not None and last.start() < first.start()):
            assert last is not None
            at = text.find(b"<", done)
            add(at if at >= 0 else done, last.end(), "xml: an end without a beginning")
            last = close.search(text, done, limit)
            continue
        empty = text.find(b">", first.end(), limit)
        if empty > 0 and text[empty - 1 : empty] == b"/":
            add(first.start(), empty + 1)
            first = begin.search(text, done, limit)
            continue
        following = begin.search(text, first.end(), last.start() if last else limit)
        if following:
            add(first.start(), following.start(), "xml: the element is cut")
        elif last:
            add(first.start(), last.end())
            following = begin.search(text, done, limit)
            last = close.search(text, done, limit)
        else:
            if ended:
                add(first.start(), limit, "xml: the file ends within the record")
            break
        first = following
    return starts, ends, reasons, done


def _shown(text: bytes, *, ended: bool) -> tuple[bytes, int]:
    """TEXT with what only looks like tags (in comments and CDATA) made unlike, and how far it may be read."""
    limit = len(text)
    if b"<!" in text:
        text = _HIDDEN.sub(lambda hidden: b" " * len(hidden[0]), text)
        at = re.search(rb"<!(\[CDATA\[|--)", text)
        if at and not ended:
            limit = at.start()
    if not ended:
        # A tag that the end cuts could still become another name's.
        last = text.rfind(b"<", 0, limit)
        if last >= 0 and text.find(b">", last, limit) < 0:
            limit = last
    return text, limit


def _said(error: Exception) -> str:
    """The parser's reason without what it quotes from the record."""
    if isinstance(error, etree.XMLSyntaxError):
        kind = etree.ErrorTypes._getName(getattr(error, "code", 0), "not well-formed")  # noqa: SLF001
        return f"not well-formed ({kind.removeprefix('ERR_').replace('_', ' ').lower()})"
    return str(error)


def _parsed(data: bytes, *, recover: bool = False) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    return etree.fromstring(data, parser)


def shape(record: str) -> dict[str, Any] | str:
    """The JSON shape of an element, as `open` describes it. Errors: XMLSyntaxError, ValueError."""
    data = ILLEGAL.sub("\ufffd", re.sub(r"^\s*<\?xml[^>]*\?>", "", record)).encode()
    try:
        root = _parsed(data)
    except etree.XMLSyntaxError as error:
        # The record was cut out of a document that declares its prefixes further out; they are dropped anyhow.
        if getattr(error, "code", 0) != etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE:
            raise
        root = _parsed(data, recover=True)
    if root.getroottree().docinfo.doctype:
        raise ValueError("has a document type")
    if _local(root) == "Event" and any(_local(child) == "System" for child in root):
        return _windows(root)
    return _plain(root)


def _local(element: Any) -> str:
    tag: str = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2]


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    if name not in into:
        into[name] = value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]


def _plain(element: Any) -> dict[str, Any] | str:
    shaped: dict[str, Any] = {
        f"@{name.rpartition('}')[2].rpartition(':')[2]}": value for name, value in element.attrib.items()
    }
    text = _text(element)
    for child in element:
        if isinstance(child.tag, str):
            _put(shaped, _local(child), _plain(child))
        text = f"{text} {(child.tail or '').strip()}".strip()
    if not shaped:
        return text
    if text:
        shaped["#text"] = text
    return shaped


def _windows(root: Any) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for part in root:
        name = _local(part)
        if name == "System":
            value: Any = {}
            for child in part:
                shaped = _plain(child)
                if isinstance(shaped, dict) and "#text" in shaped:
                    tag = _local(child)
                    _put(value, tag, shaped.pop("#text"))
                    for attribute, attributed in shaped.items():
                        _put(value, f"{tag}{attribute}", attributed)
                else:
                    _put(value, _local(child), shaped)
        elif name == "EventData":
            value = {f"@{key}": attributed for key, attributed in part.attrib.items() if not key.startswith("{")}
            for child in part:
                _put(value, child.get("Name") or _local(child), _text(child) if not len(child) else _plain(child))
        elif name == "UserData" and len(part) == 1:
            inner = _plain(part[0])
            value = {"#element": _local(part[0]), **(inner if isinstance(inner, dict) else {"#text": inner})}
        else:
            value = _plain(part)
        _put(event, name, value)
    return event


def _agrees(record: str, text: str) -> bool:
    """Whether the JSON TEXT is what RECORD says."""
    try:
        return bool(json.loads(text) == shape(record))
    except (etree.XMLSyntaxError, ValueError):
        return False


_EVENTS = WindowsEvents(_agrees)
