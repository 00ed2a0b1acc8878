"""Windows event log files (EVTX), written from nothing: file header, chunks, string and template tables, binary XML."""

import struct
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import md5
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

Value = str | int | None

_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_FILE_HEADER_BYTES = 4096
_CHUNK_BYTES = 1 << 16
_CHUNK_HEADER_BYTES = 512
_MAX_CHUNKS = (1 << 16) - 1
_STRING_BUCKETS = 64
_TEMPLATE_BUCKETS = 32
_FILETIME_EPOCH_US = 11_644_473_600_000_000  # 1601-01-01 to 1970-01-01
_REMEMBERED_VALUES = 100_000

# Types of substituted values, by the names that Microsoft's manifests use ([MS-EVEN6] 2.2.12, winmeta.xml).
_TYPE_CODES: Final = {
    "string": 1,
    "uint8": 4,
    "uint16": 6,
    "uint32": 8,
    "uint64": 10,
    "guid": 15,
    "filetime": 17,
    "sid": 19,
    "hex32": 20,
    "hex64": 21,
}
_INTEGER_FORMATS: Final = {
    "uint8": "<B",
    "uint16": "<H",
    "uint32": "<I",
    "uint64": "<Q",
    "filetime": "<Q",
    "hex32": "<I",
    "hex64": "<Q",
}

# The first substitutions belong to System, in this order; a template's own fields follow.
_SYSTEM_TYPES = (
    "uint16",
    "uint8",
    "uint8",
    "uint16",
    "uint8",
    "hex64",
    "filetime",
    "uint64",
    "uint32",
    "uint32",
    "string",
)
_EVENT_ID, _VERSION, _LEVEL, _TASK, _OPCODE, _KEYWORDS, _TIME, _RECORD_ID, _PROCESS, _THREAD, _COMPUTER = range(
    len(_SYSTEM_TYPES)
)
_DESCRIPTOR = struct.Struct("<HBB")  # size, type, 0
_SYSTEM_VALUES = struct.Struct("<HBBHBQQQII")
_SYSTEM_DESCRIPTORS = b"".join(
    struct.pack("<HBB", struct.calcsize(_INTEGER_FORMATS[kind]), _TYPE_CODES[kind], 0)
    for kind in _SYSTEM_TYPES[:_COMPUTER]
)


@dataclass(frozen=True, kw_only=True)
class EvtxTemplate:
    """One kind of event: the constant part of its XML, and the names and types of its fields.

    Shape:   `fields` are (name, type) in the manifest's order; types: string, uint8, uint16, uint32, uint64, guid, sid,
             filetime (µs since 1970 UTC), hex32, hex64. An event with user data (1102) names its element and namespace.
    Source:  Microsoft's documentation of each audit event ("Advanced security audit policy") gives its XML.
    """

    event_id: int
    fields: tuple[tuple[str, str], ...]
    provider: str = "Microsoft-Windows-Security-Auditing"
    guid: str = "54849625-5478-4994-a5ba-3e3b0328c30d"
    channel: str = "Security"
    version: int = 0
    level: int = 0
    task: int = 0
    opcode: int = 0
    keywords: int = 0x8020000000000000  # audit success
    user_data: tuple[str, str] | None = None

    @cached_property
    def identity(self) -> bytes:
        """The template's GUID, made from what it says, so that the same simulation gives the same bytes."""
        said = (
            self.event_id,
            self.fields,
            self.provider,
            self.guid,
            self.channel,
            self.version,
            self.level,
            self.task,
            self.opcode,
            self.user_data,
        )
        return md5(repr(said).encode(), usedforsecurity=False).digest()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every element and attribute name, in order of first use."""
        return tuple(name for name, _ in _laid_out(self, frozenset()).inline)

    @cached_property
    def layouts(self) -> dict[tuple[bool, ...], "_Layout"]:
        """The definition's bytes, by which of `names` the chunk holds already."""
        return {}

    def layout(self, known: "dict[str, int]") -> "_Layout":
        """The definition's bytes for a chunk that holds KNOWN names."""
        held = tuple(name in known for name in self.names)
        if held not in self.layouts:
            self.layouts[held] = _laid_out(self, frozenset(known))
        return self.layouts[held]


class EvtxRecord(NamedTuple):
    """One event: its template, when (µs since 1970, UTC), where, and its fields' values in the template's order.

    A value of None is an empty element. `keywords` overrides the template's: 0x8010000000000000 is audit failure.
    """

    template: EvtxTemplate
    time_us: int
    computer: str
    values: tuple[Value, ...]
    process: int = 4
    thread: int = 8
    keywords: int | None = None


def write_evtx(path: Path, records: Iterable[EvtxRecord], first_record_id: int = 1) -> int:
    """Write RECORDS as the event log PATH; how many there were.

    Errors:  ValueError for a record that no chunk can hold (64 KiB), and for more than 65,535 chunks (4 GiB).
    Source:  [MS-EVEN6] for binary XML; J. Metz, "Windows XML Event Log (EVTX) format", for file, chunk and record.
    """
    with path.open("wb") as file:
        file.write(bytes(_FILE_HEADER_BYTES))
        chunks, next_id = 0, first_record_id
        for chunk, after_id in _chunks(records, first_record_id):
            file.write(chunk)
            chunks, next_id = chunks + 1, after_id
            if chunks > _MAX_CHUNKS:
                raise ValueError("evtx: more chunks than a file can number")
        _write_file_header(file, chunks, next_id)
    return next_id - first_record_id


def _write_file_header(file: BinaryIO, chunks: int, next_id: int) -> None:
    head = struct.pack(
        "<8sQQQIHHHH76x", b"ElfFile\0", 0, max(chunks - 1, 0), next_id, 128, 1, 3, _FILE_HEADER_BYTES, chunks
    )
    file.seek(0)
    file.write(head + struct.pack("<II", 0, zlib.crc32(head)))


def _chunks(records: Iterable[EvtxRecord], first_id: int) -> Iterator[tuple[bytes, int]]:
    """Full chunks, each with the record id after its last."""
    caches = {kind: _Cache(kind, _ENCODERS[kind]) for kind in _TYPE_CODES}
    encoders: dict[int, tuple[dict[Value, tuple[bytes, bytes]], ...]] = {}
    chunk = _Chunk(first_id)
    for record in records:
        template = record.template
        encoder = encoders.get(id(template))
        if encoder is None:
            encoder = encoders[id(template)] = tuple(caches[kind] for _, kind in template.fields)
        body = _substitutions(record, encoder, caches["string"], chunk.next_id)
        if not chunk.add(record, body):
            yield chunk.closed(), chunk.next_id
            chunk = _Chunk(chunk.next_id)
            if not chunk.add(record, body):
                raise ValueError("evtx: a record longer than a chunk")
            for cache in caches.values():
                if len(cache) > _REMEMBERED_VALUES:
                    cache.clear()
    if chunk.next_id > chunk.first_id:
        yield chunk.closed(), chunk.next_id


def _substitutions(
    record: EvtxRecord,
    encoder: tuple[dict[Value, tuple[bytes, bytes]], ...],
    strings: dict[Value, tuple[bytes, bytes]],
    record_id: int,
) -> bytes:
    """The template instance's data: how many values, a descriptor for each (size, type), the values."""
    computer, computer_text = strings[record.computer]
    pairs = [cache[value] for cache, value in zip(encoder, record.values, strict=True)]
    template = record.template
    keywords = template.keywords if record.keywords is None else record.keywords
    system = _SYSTEM_VALUES.pack(
        *(template.event_id, template.version, template.level, template.task, template.opcode, keywords),
        *((record.time_us + _FILETIME_EPOCH_US) * 10, record_id, record.process, record.thread),
    )
    return b"".join(
        (
            struct.pack("<I", len(_SYSTEM_TYPES) + len(pairs)),
            _SYSTEM_DESCRIPTORS,
            computer,
            *[descriptor for descriptor, _ in pairs],
            system,
            computer_text,
            *[data for _, data in pairs],
        )
    )


class _Chunk:
    """64 KiB of records with the names and templates that they share. Offsets count from the chunk's start."""

    def __init__(self, first_id: int) -> None:
        self.first_id = self.next_id = first_id
        self.parts: list[bytes] = []
        self.free = self.last = _CHUNK_HEADER_BYTES
        self.names: dict[str, int] = {}
        self.strings = [0] * _STRING_BUCKETS
        self.templates = [0] * _TEMPLATE_BUCKETS
        self.defined: dict[bytes, int] = {}

    def add(self, record: EvtxRecord, body: bytes) -> bool:
        """Append a record; False if it doesn't fit, and then nothing has changed."""
        template = record.template
        at = self.defined.get(template.identity)
        layout = None if at is not None else template.layout(self.names)
        length = 24 + 4 + 10 + (len(layout.blob) if layout else 0) + len(body) + 1
        size = (length + 4 + 7) & ~7
        if self.free + size > _CHUNK_BYTES:
            return False
        if at is None:
            assert layout is not None
            at = self.free + 24 + 4 + 10
            definition = self._define(template, layout, at)
        else:
            definition = b""
        self.parts += (
            struct.pack("<4sIQQ", b"**\0\0", size, self.next_id, (record.time_us + _FILETIME_EPOCH_US) * 10),
            b"\x0f\x01\x01\x00\x0c\x01",
            template.identity[:4],
            at.to_bytes(4, "little"),
            definition,
            body,
            bytes(size - length - 3),
            size.to_bytes(4, "little"),
        )
        self.last = self.free
        self.free += size
        self.next_id += 1
        return True

    def _define(self, template: EvtxTemplate, layout: "_Layout", at: int) -> bytes:
        blob = bytearray(layout.blob)
        for name, position in layout.inline:
            self.names[name] = at + position
            bucket = _name_hash(name) % _STRING_BUCKETS
            struct.pack_into("<I", blob, position, self.strings[bucket])
            self.strings[bucket] = at + position
        for name, position in layout.references:
            struct.pack_into("<I", blob, position, self.names[name])
        bucket = int.from_bytes(template.identity[:4], "little") % _TEMPLATE_BUCKETS
        struct.pack_into("<I", blob, 0, self.templates[bucket])
        self.templates[bucket] = at
        self.defined[template.identity] = at
        return bytes(blob)

    def closed(self) -> bytes:
        """The chunk's 65,536 bytes, with both checksums."""
        records = b"".join(self.parts)
        last_id = self.next_id - 1
        head = struct.pack(
            "<8sQQQQIIII64x",
            *(b"ElfChnk\0", self.first_id, last_id, self.first_id, last_id),
            *(128, self.last, self.free, zlib.crc32(records)),
        )
        tables = struct.pack(f"<{_STRING_BUCKETS + _TEMPLATE_BUCKETS}I", *self.strings, *self.templates)
        checksum = zlib.crc32(tables, zlib.crc32(head))
        return b"".join((head, struct.pack("<II", 0, checksum), tables, records, bytes(_CHUNK_BYTES - self.free)))


@dataclass(frozen=True, slots=True)
class _Layout:
    """A template's definition with its holes: names defined in it, and places that hold the offset of a name."""

    blob: bytes
    inline: tuple[tuple[str, int], ...]
    references: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Builder:
    known: frozenset[str]
    blob: bytearray = field(default_factory=bytearray)
    inline: dict[str, int] = field(default_factory=dict)
    references: list[tuple[str, int]] = field(default_factory=list)

    def name(self, name: str) -> None:
        self.references.append((name, len(self.blob)))
        self.blob += bytes(4)
        if name not in self.known and name not in self.inline:
            self.inline[name] = len(self.blob)
            self.blob += struct.pack("<IHH", 0, _name_hash(name), len(name)) + name.encode("utf-16-le") + b"\0\0"

    def text(self, text: str) -> None:
        self.blob += struct.pack("<BBH", 5, 1, len(text)) + text.encode("utf-16-le")

    def substitution(self, index: int, kind: str, *, optional: bool = False) -> None:
        self.blob += struct.pack("<BHB", 0x0E if optional else 0x0D, index, _TYPE_CODES[kind])

    def element(
        self,
        name: str,
        attributes: "tuple[tuple[str, str | int], ...]" = (),
        content: "tuple[_Content, ...] | None" = None,
    ) -> None:
        """An element; attribute values and content are text, or the index of a System substitution."""
        self.blob += struct.pack("<BHI", 0x41 if attributes else 0x01, 0xFFFF, 0)
        begins = len(self.blob)
        self.name(name)
        if attributes:
            self.blob += bytes(4)
            listed = len(self.blob)
            for number, (attribute, value) in enumerate(attributes, 1):
                self.blob.append(0x46 if number < len(attributes) else 0x06)
                self.name(attribute)
                self._value(value)
            struct.pack_into("<I", self.blob, listed - 4, len(self.blob) - listed)
        if content is None:
            self.blob.append(0x03)
        else:
            self.blob.append(0x02)
            for item in content:
                self._value(item)
            self.blob.append(0x04)
        struct.pack_into("<I", self.blob, begins - 4, len(self.blob) - begins)

    def _value(self, value: "_Content") -> None:
        if isinstance(value, _Element):
            self.element(value.name, value.attributes, value.content)
        elif isinstance(value, _Field):
            self.substitution(value.place, value.kind, optional=True)
        elif isinstance(value, int):
            self.substitution(value, _SYSTEM_TYPES[value])
        else:
            self.text(value)


class _Field(NamedTuple):
    place: int
    kind: str


class _Element(NamedTuple):
    name: str
    attributes: tuple[tuple[str, str | int], ...] = ()
    content: "tuple[_Content, ...] | None" = None


_Content = str | int | _Field | _Element


def _laid_out(template: EvtxTemplate, known: frozenset[str]) -> _Layout:
    builder = _Builder(known)
    builder.blob += bytes(4) + template.identity + bytes(4) + b"\x0f\x01\x01\x00"
    first = len(_SYSTEM_TYPES)
    system = _Element(
        "System",
        content=(
            _Element("Provider", (("Name", template.provider), ("Guid", f"{{{template.guid}}}"))),
            _Element("EventID", content=(_EVENT_ID,)),
            _Element("Version", content=(_VERSION,)),
            _Element("Level", content=(_LEVEL,)),
            _Element("Task", content=(_TASK,)),
            _Element("Opcode", content=(_OPCODE,)),
            _Element("Keywords", content=(_KEYWORDS,)),
            _Element("TimeCreated", (("SystemTime", _TIME),)),
            _Element("EventRecordID", content=(_RECORD_ID,)),
            _Element("Correlation"),
            _Element("Execution", (("ProcessID", _PROCESS), ("ThreadID", _THREAD))),
            _Element("Channel", content=(template.channel,)),
            _Element("Computer", content=(_COMPUTER,)),
            _Element("Security"),
        ),
    )
    values = [_Field(first + number, kind) for number, (_, kind) in enumerate(template.fields)]
    if template.user_data is None:
        data = tuple(
            _Element("Data", (("Name", name),), (value,))
            for (name, _), value in zip(template.fields, values, strict=True)
        )
        payload = _Element("EventData", content=data)
    else:
        element, namespace = template.user_data
        data = tuple(_Element(name, content=(value,)) for (name, _), value in zip(template.fields, values, strict=True))
        payload = _Element("UserData", content=(_Element(element, (("xmlns", namespace),), data),))
    builder.element("Event", (("xmlns", _NAMESPACE),), (system, payload))
    builder.blob.append(0)
    struct.pack_into("<I", builder.blob, 20, len(builder.blob) - 24)
    return _Layout(bytes(builder.blob), tuple(builder.inline.items()), tuple(builder.references))


def _name_hash(name: str) -> int:
    value = 0
    for code in name.encode("utf-16-le")[::2]:  # names are ASCII
        value = (value * 65599 + code) & 0xFFFFFFFF
    return value & 0xFFFF


class _Cache(dict[Value, tuple[bytes, bytes]]):
    """Value to (descriptor, data). A day's log says the same accounts, hosts and paths again and again."""

    def __init__(self, kind: str, encoded: Callable[[str | int], bytes]) -> None:
        super().__init__()
        self.code = _TYPE_CODES[kind]
        self.encoded = encoded

    def __missing__(self, value: Value) -> tuple[bytes, bytes]:
        data = b"" if value is None else self.encoded(value)
        if len(data) >= _CHUNK_BYTES:
            raise ValueError("evtx: a value longer than a chunk")
        pair = (b"\0\0\0\0" if value is None else _DESCRIPTOR.pack(len(data), self.code, 0), data)
        self[value] = pair
        return pair


def _string(value: str | int) -> bytes:
    return str(value).encode("utf-16-le")


def _guid(value: str | int) -> bytes:
    return uuid.UUID(str(value)).bytes_le


def _sid(value: str | int) -> bytes:
    revision, authority, *rest = (int(part) for part in str(value).removeprefix("S-").split("-"))
    return struct.pack("<BB", revision, len(rest)) + authority.to_bytes(6, "big") + struct.pack(f"<{len(rest)}I", *rest)


def _filetime(value: str | int) -> bytes:
    return struct.pack("<Q", (int(value) + _FILETIME_EPOCH_US) * 10)


def _integer(kind: str) -> Callable[[str | int], bytes]:
    pack = struct.Struct(_INTEGER_FORMATS[kind]).pack
    return lambda value: pack(int(value))


_ENCODERS: dict[str, Callable[[str | int], bytes]] = {
    **{kind: _integer(kind) for kind in _INTEGER_FORMATS},
    "string": _string,
    "guid": _guid,
    "sid": _sid,
    "filetime": _filetime,
}
