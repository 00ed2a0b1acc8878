"""The Linux audit log: all lines of one serial are one record."""

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa

from ingest.decoders import frame, lines
from ingest.decoders.frame import OPENED, RECORDS, Frame, Framing

_OPEN_S = 2.0  # of record time; auparse waits as long
_MAX_OPEN = 10_000
_LINE = re.compile(rb"(?:\bnode=(\S+) )?\btype=(\S+) (?:msg=)?audit\(([^()]*):(\d+)\)")
# Written by programs and by the audit daemon itself: one line each, and no EOE follows.
_SINGLE = re.compile(
    rb"(USER|CRED|DAEMON|SERVICE|SYSTEM|CRYPTO|ROLE|VIRT|ADD|DEL|ACCT|GRP|CHGRP|CHUSER|RESP|LABEL|TRUSTED|SOFTWARE)_|"
    rb"USER$|TEST$|(1[12]\d\d|2[2-9]\d\d)$"
)
_NO_RECORD = re.compile(rb"\s*(-{4,}|time->.*)?\s*")


def matches(head: bytes) -> bool:
    """Text with an audit line among its first five."""
    return any(_LINE.search(line) for line in head.split(b"\n", 5)[:5])


@dataclass(slots=True)
class _Group:
    """The lines of one serial so far."""

    key: bytes
    time: float
    offset: int
    lines: list[bytes] = field(default_factory=list)
    closed: int = 0  # the byte before which its lines stand; 0 = still open
    broken: str | None = None


def split(stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]) -> Iterator[Frame]:
    """Frame an audit log: a record is the lines of one serial, joined by newline, in the order of their first lines.

    Shape:   columns of RECORDS. A serial stays open until its EOE, until a line comes that is 2 s younger, or, for
             what programs write (USER_… and so on), for its one line. State "done":
             serials given already, of which lines stand behind `resume`, each with the byte before which they do.
    Errors:  a line without a serial is a broken record; the next line is read as usual.
    Source:  auditd(8), `audit.log`; audit-userspace, auparse: serials interleave.
    """
    done: dict[str, int] = dict(state.get("done", {}))
    inner = {"tail": True} if state.get("tail") else {}
    waiting: list[_Group] = []
    opened: dict[bytes, _Group] = {}
    resume, tail = offset, inner
    for each in lines.split(stream, framing, offset, inner):
        resume, tail = each.resume, each.state
        _grouped(each.records, waiting, opened, done)
        yield from _given(waiting, done, resume, tail)
    if framing.final:
        for group in waiting:
            group.closed = group.closed or resume
        yield from _given(waiting, done, resume, tail)


def _grouped(  # noqa: C901, PLR0912 (one loop over lines)
    records: pa.RecordBatch, waiting: list[_Group], opened: dict[bytes, _Group], done: dict[str, int]
) -> None:
    """Put each line to its serial, and close those that it ends."""
    oldest = min((group.time for group in opened.values()), default=float("inf"))
    for line, at, broken in zip(*(records[name].to_pylist() for name in ("record", "offset", "broken")), strict=True):
        after = at + len(line)
        found = None if broken else _LINE.search(line)
        if found is None:
            if broken or not _NO_RECORD.fullmatch(line):
                reason = broken or "auditd: no serial"
                if not _skipped(done, b"", at):
                    waiting.append(_Group(b"", 0, at, [line], after, reason))
            elif line.startswith(b"-"):
                for group in opened.values():
                    group.closed = after
                opened.clear()
            continue
        node, kind, clock, serial = found.groups()
        try:
            time = float(clock)
        except ValueError:
            time = 0.0
        if time >= oldest + _OPEN_S or len(opened) >= _MAX_OPEN:
            for key, group in list(opened.items()):
                if time >= group.time + _OPEN_S or len(opened) >= _MAX_OPEN:
                    group.closed = at
                    del opened[key]
            oldest = min((group.time for group in opened.values()), default=float("inf"))
        key = b"%s %s:%s" % (node or b"", clock, serial)
        if done and _skipped(done, key, at):
            continue
        current = opened.get(key)
        if current is None:
            current = opened[key] = _Group(key, time, at)
            oldest = min(oldest, time)
            waiting.append(current)
        current.lines.append(line)
        if kind in {b"EOE", b"1320"} or (len(current.lines) == 1 and _SINGLE.match(kind)):
            current.closed = after
            del opened[key]


def _skipped(done: dict[str, int], key: bytes, at: int) -> bool:
    """Whether the line at AT belongs to a record that was given before reading went on here."""
    return at < done.get(key.decode("latin-1"), 0)


def _given(waiting: list[_Group], done: dict[str, int], resume: int, tail: dict[str, Any]) -> Iterator[Frame]:
    """Frames of the groups that are closed, up to the first that is not."""
    count = next((number for number, group in enumerate(waiting) if not group.closed), len(waiting))
    for first in range(0, count, frame.BATCH_RECORDS):
        groups = waiting[first : min(first + frame.BATCH_RECORDS, count)]
        rest = waiting[first + len(groups) :]
        goes_on = rest[0].offset if rest else resume
        for group in groups:
            name = group.key.decode("latin-1")
            if group.closed > goes_on:
                done[name] = max(group.closed, done.get(name, 0))
        for name in [name for name, upto in done.items() if upto <= goes_on]:
            del done[name]
        columns = [
            pa.array([b"\n".join(group.lines) for group in groups], pa.binary()),
            pa.array([group.offset for group in groups], pa.int64()),
            pa.array([group.broken for group in groups], pa.string()),
        ]
        state: dict[str, Any] = {"done": dict(done)} if done else {}
        yield Frame(pa.record_batch(columns, schema=RECORDS), goes_on, None, {**state, **({} if rest else tail)})
    del waiting[:count]


def open(records: pa.Table, header: str | None, framing: Framing) -> pa.Table:  # noqa: A001, ARG001
    """The lines as text, and their fields as JSON.

    Shape:   {"time": "1772354047.123", "serial": "456", "node": …, "types": ["SYSCALL", "PATH", …], "SYSCALL": {key:
             value}, "PATH": [{…}, …]}: PATH, AVC and OBJ_PID are always arrays; EXECVE's lines are one object; another
             type that comes again is "TYPE (2)". Values are without quotes; what `msg='…'` holds stands beside the
             rest; the interpretations of the enriched format keep their upper-case names ("UID": "root").
             A value written in hexadecimal is text, and as written in "name_hex"; a SOCKADDR also has
             "family", "addr" and "port".
    Source:  audit-userspace `auparse/interpret.c` for which fields are encoded.
    """
    text, broken = lines.decoded(records["record"], framing.encoding)
    fields = [
        json.dumps(_fields(record), ensure_ascii=False) if record is not None else None for record in text.to_pylist()
    ]
    return pa.Table.from_arrays([text, pa.chunked_array([pa.array(fields, pa.string())]), broken], schema=OPENED)


_HEAD = re.compile(r"(?:\bnode=(\S+) )?\btype=(\S+) (?:msg=)?audit\(([^()]*):(\d+)\)\s*:?\s*")
_PAIR = re.compile(r"([A-Za-z_][\w\[\]-]*)=(?:\"([^\"]*)\"|'([^']*)'|(\{[^}]*\}|[^\s,]*))")
_WORDY = re.compile(r"([A-Za-z_][\w-]*)=(?:\"([^\"]*)\"|(.*?)(?=,?\s+[A-Za-z_][\w-]*=|\s*$))")
_MESSAGE = re.compile(r"\bmsg='(.*)'", re.DOTALL)
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
_ENCODED = frozenset(
    [
        "proctitle",
        "name",
        "exe",
        "comm",
        "cmd",
        "cwd",
        "acct",
        "path",
        "key",
        "data",
        "dir",
        "file",
        "watch",
        "grp",
        "new_group",
        "vm",
        "ocomm",
        "device",
        "unit",
    ]
)
_ARGUMENT = re.compile(r"a\d+(\[\d+\])?")
_MANY = frozenset({"PATH", "AVC", "OBJ_PID"})


def _fields(record: str) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    types: list[str] = []
    for given in record.split("\n"):
        line = _told(given) if given.startswith("{") else given
        found = _HEAD.search(line)
        if not found:
            continue
        node, kind, clock, serial = found.groups()
        if not types:
            shaped = {"time": clock, "serial": serial, **({"node": node} if node else {}), "types": types}
        types.append(kind)
        pairs = _pairs(kind, line[found.end() :])
        if kind in _MANY:
            shaped.setdefault(kind, []).append(pairs)
        elif kind == "EXECVE" and kind in shaped:
            shaped[kind] = {**pairs, **shaped[kind]}
        elif kind in shaped:
            shaped[f"{kind} ({types.count(kind)})"] = pairs
        elif kind != "EOE":
            shaped[kind] = pairs
    return shaped


def _told(text: str) -> str:
    """The line that a forwarder's JSON has in a member; what is no such JSON as it is."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return text
    said = (members.get(name) for name in ("message", "MESSAGE", "msg", "log", "_raw"))
    return next((each for each in said if isinstance(each, str) and _HEAD.search(each)), text)


def _pairs(kind: str, text: str) -> dict[str, str]:  # noqa: C901 (flat, for speed)
    pairs: dict[str, str] = {}
    message = _MESSAGE.search(text)
    if message:
        text = text[: message.start()] + text[message.end() :]
    elif kind == "AVC":
        said, _, _ = text.partition(" for ")
        pairs["avc"] = said.removeprefix("avc:").strip()
    bare: list[str] = []
    for name, quoted, single, plain in _PAIR.findall(text):
        if name in pairs:
            continue
        pairs[name] = quoted or single or plain
        if plain and (name in _ENCODED or name == "saddr" or (kind == "EXECVE" and name[0] == "a")):
            bare.append(name)
    if message:
        for name, quoted, plain in _WORDY.findall(message[1]):
            pairs.setdefault(name, quoted or plain)
            if plain and name in _ENCODED:
                bare.append(name)
    for name in bare:
        value = pairs[name]
        if name == "saddr":
            pairs.update(_address(value))
        elif (name in _ENCODED or _ARGUMENT.fullmatch(name)) and _HEX.fullmatch(value):
            pairs[f"{name}_hex"] = value
            pairs[name] = bytes.fromhex(value).decode("utf-8", "replace").rstrip("\0").replace("\0", " ")
    return pairs


def _address(value: str) -> dict[str, str]:
    """Family, address and port of a socket address as the kernel lays it out on a little-endian machine."""
    try:
        data = bytes.fromhex(value)
    except ValueError:
        return {}
    family = int.from_bytes(data[:2], "little")
    if family == 2 and len(data) >= 8:  # noqa: PLR2004 (AF_INET)
        return {
            "family": "inet",
            "addr": str(ipaddress.IPv4Address(data[4:8])),
            "port": str(int.from_bytes(data[2:4], "big")),
        }
    if family == 10 and len(data) >= 24:  # noqa: PLR2004 (AF_INET6)
        return {
            "family": "inet6",
            "addr": str(ipaddress.IPv6Address(data[8:24])),
            "port": str(int.from_bytes(data[2:4], "big")),
        }
    if family == 1:
        return {"family": "unix", "path": data[2:].split(b"\0")[0].decode("utf-8", "replace")}
    return {}
