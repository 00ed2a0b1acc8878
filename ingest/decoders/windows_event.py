"""Windows events in XML to JSON, by columns: a piece that comes again and again is looked at once for many events."""

import html
import itertools
import json
import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

_AT_ONCE = 4096  # so many events: what is made of them stays in the cache
_REMEMBERED = 100_000

# Between the members of an object, and at its end: control characters that JSON text never holds, until both are known.
_MEMBER, _END = "\x01", "\x02"
_TEXTS = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")
_EMPTY = ("Provider", "TimeCreated", "Correlation", "Execution", "Security")  # they have attributes alone
_CHILD = re.compile(
    rf"^({'|'.join(_TEXTS)})>([^>]*)$|"
    r"^Data Name=(?:\"([^\"<>&]*)\"|'([^'<>&]*)')(?:>([^>]*)|\s*/>)$|"
    rf"^({'|'.join(_EMPTY)})((?:\s+\w+=(?:\"[^\"<>\x00-\x1f\ufffe\uffff]*\"|'[^'<>\x00-\x1f\ufffe\uffff]*'))*)\s*/?>$"
)
_ATTRIBUTE = re.compile(r"(\w+)=(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|apos);")  # with any other, the whole parser decides
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML forbids these, yet event logs hold them
_FIXED = {
    "": "",  # before the first tag
    "System>": '"System":{',
    "/System>": _END + _MEMBER,
    "EventData>": '"EventData":{',
    "EventData/>": '"EventData":""' + _MEMBER,
    "/EventData>": _END + _MEMBER,
    "/Event>": _END,
    **{f"/{name}>": "" for name in ("Data", *_TEXTS, *_EMPTY)},
}
# Pieces that are new in most events: their form, and what they become: NAME and VALUE stand between these three texts.
_PLAIN = r'[^&"<>\x00-\x1f\x{fffe}\x{ffff}]'  # XML and JSON spell it alike, but for a backslash
_EDGE = r"[!#-%'-;=?-~]"  # is no blank of any kind
_NEW = (
    (rf'\AData Name="(?P<name>{_PLAIN}+)">(?P<value>{_EDGE}(?:{_PLAIN}*{_EDGE})?)\z', ('"', '":"', f'"{_MEMBER}')),
    (r"\A(?P<name>EventRecordID)>(?P<value>[0-9]+)\z", ('"', '":"', f'"{_MEMBER}')),
    (
        rf'\A(?P<name>TimeCreated) SystemTime="(?P<value>{_PLAIN}+)">[ \t\r\n]*\z',
        ('"', '":{"@SystemTime":"', f'"}}{_MEMBER}'),
    ),
)


class WindowsEvents:
    """What is known of the pieces and kinds of events. AGREES says whether JSON text is what an event is, for certain.

    A piece is what stands between two `<`: a tag and the text behind it. A kind is an order of tags and names: the
    first event of each is asked about, and the others of the kind differ in values alone.
    """

    def __init__(self, agrees: Callable[[str, str], bool]) -> None:
        self._agrees = agrees
        self._pieces: dict[str, tuple[str | None, str]] = {}
        self._tags: dict[str, str] = {}
        self._numbers = itertools.count()  # none comes twice, also when what was known has been forgotten
        self._kinds: dict[str, bool] = {}

    def fields(self, text: pa.ChunkedArray) -> pa.ChunkedArray:
        """The JSON text of each event in TEXT; NULL for what is none, and for what takes the whole parser."""
        parts = [
            self._fields(pa.concat_arrays(text.slice(at, _AT_ONCE).chunks)) for at in range(0, len(text), _AT_ONCE)
        ]
        return pa.chunked_array(parts, pa.string())

    def _fields(self, text: pa.StringArray) -> pa.StringArray:
        none = pa.scalar(None, pa.string())
        event = pc.or_(pc.starts_with(text, "<Event "), pc.starts_with(text, "<Event>"))
        cut = pc.split_pattern(pc.if_else(event, text, none), "<")
        coded = cut.flatten().dictionary_encode()
        parts, tags = (
            pa.ListArray.from_arrays(cut.offsets, each.take(coded.indices), mask=pc.is_null(cut))
            for each in self._known(coded.dictionary)
        )
        made = pc.binary_join_element_wise("{", pc.binary_join(parts, ""), "")
        made = pc.replace_substring(pc.replace_substring(made, _MEMBER + _END, "}"), _MEMBER, ",")
        kinds = pc.if_else(pc.is_valid(made), pc.binary_join(tags, " "), none).dictionary_encode()
        good = [
            self._good(kind, number, kinds.indices, text, made)
            for number, kind in enumerate(kinds.dictionary.to_pylist())
        ]
        return pc.if_else(pa.array(good, pa.bool_()).take(kinds.indices), made, none)

    def _good(self, kind: str, number: int, kinds: pa.Array, text: pa.StringArray, made: pa.StringArray) -> bool:
        """Whether what is MADE of a KIND is right."""
        if kind not in self._kinds:
            if len(self._kinds) >= _REMEMBERED:
                self._kinds.clear()
            first = pc.index(kinds, number).as_py()
            self._kinds[kind] = self._agrees(text[first].as_py(), made[first].as_py())
        return self._kinds[kind]

    def _known(self, pieces: pa.StringArray) -> tuple[pa.StringArray, pa.StringArray]:
        """The part of the JSON text that each of PIECES makes, NULL where the whole parser must; and each one's tag."""
        parts = tags = pa.nulls(len(pieces), pa.string())
        for form, around in _NEW:
            rest = pc.is_null(parts)
            new = pc.extract_regex(pieces.filter(rest), form)
            name, value = (pc.replace_substring(pc.struct_field(new, each), "\\", "\\\\") for each in ("name", "value"))
            made = pc.binary_join_element_wise(around[0], name, around[1], value, around[2], "")
            coded = name.dictionary_encode()
            words = pa.array([self._tag(f"{around[1]} {each}") for each in coded.dictionary.to_pylist()], pa.string())
            parts = pc.replace_with_mask(parts, rest, made)
            tags = pc.replace_with_mask(tags, rest, words.take(coded.indices))
        rest = pc.is_null(parts)
        found = [self._piece(piece) for piece in pieces.filter(rest).to_pylist()]
        made, words = (pa.array([each[at] for each in found], pa.string()) for at in (0, 1))
        return pc.replace_with_mask(parts, rest, made), pc.replace_with_mask(tags, rest, words)

    def _tag(self, name: str) -> str:
        """A short word for a tag."""
        if name not in self._tags:
            if len(self._tags) >= _REMEMBERED:
                self._tags.clear()
            self._tags[name] = f"{next(self._numbers):x}"
        return self._tags[name]

    def _piece(self, piece: str) -> tuple[str | None, str]:
        if piece not in self._pieces:
            if len(self._pieces) >= _REMEMBERED:
                self._pieces.clear()
            text = piece.strip(" \t\r\n")  # XML's blanks: others are a value's
            fixed = "" if text.startswith(("Event ", "Event>")) else _FIXED.get(text)
            part, tag = _child(text) if fixed is None else (fixed, text)
            self._pieces[piece] = part, self._tag(tag)
        return self._pieces[piece]


def _child(piece: str) -> tuple[str | None, str]:
    """The part of an element of `System` or `EventData`, and its tag."""
    found = _CHILD.match(piece)
    if not found or _REFERENCE.sub("", piece).count("&"):
        return None, ""
    closed = "/" if piece.endswith("/>") else ""
    name = found[1] or found[3] or found[4]
    if name:
        text = ILLEGAL.sub("\ufffd", (found[2] or found[5] or "").replace("\r\n", "\n").replace("\r", "\n"))
        value = html.unescape(text) if "&" in text else text
        tag = f"{closed}{found[1]}" if found[1] else f'{closed}Data "{name}"'
        return f"{json.dumps(name)}:{json.dumps(value.strip(), ensure_ascii=False)}{_MEMBER}", tag
    if found[3] == "" or found[4] == "":
        return None, ""
    attributes = [(f"@{key}", html.unescape(one or two)) for key, one, two in _ATTRIBUTE.findall(found[7])]
    part = f"{json.dumps(found[6])}:{json.dumps(dict(attributes) or '', ensure_ascii=False)}{_MEMBER}"
    return part, " ".join((closed, found[6], *(key for key, _ in attributes)))
