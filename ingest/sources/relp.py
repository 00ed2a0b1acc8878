"""RELP: syslog whose sender is answered when a record is durable, and not before.

Source:  the RELP specification of librelp (`doc/relp.html`): TXNR SP COMMAND SP DATALEN [SP DATA] LF.
"""

import re
from typing import NamedTuple

from ingest.sources.connections import Connection, Listener
from schemas.collectors.syslog import Relp as RelpSettings
from schemas.errors import DecodeError, LakeError

_HEAD = re.compile(rb"(\d{1,9}) ([A-Za-z]{1,32}) (\d{1,9})(?: |(?=\n))")
_HEAD_BYTES = 9 + 1 + 32 + 1 + 9 + 1
_OFFER = b"200 OK\nrelp_version=%d\nrelp_software=sparhund\ncommands=syslog"


class Frame(NamedTuple):
    """What a client sends; of a long frame one for each piece of its data, and only the last is `whole`."""

    number: int
    command: bytes
    data: bytes
    whole: bool


class Frames:
    """The frames in one connection's bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._rest = b""
        self._head: tuple[int, bytes] | None = None
        self._left = 0  # data to come of the frame whose head was read

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that DATA completes. Errors: DecodeError for what is no RELP."""
        data = self._rest + data if self._rest else data
        frames: list[Frame] = []
        at = 0
        while True:
            if self._head is None:
                head = _HEAD.match(data, at)
                if head is None:
                    if len(data) - at >= _HEAD_BYTES or b"\n" in data[at:]:
                        raise DecodeError("frame: want number, command and length")
                    break
                self._head = int(head[1]), head[2]
                self._left = int(head[3])
                at = head.end()
            take = min(self._left, self.limit)
            whole = take == self._left
            if len(data) - at < take + whole:
                break
            if whole and data[at + take : at + take + 1] != b"\n":
                raise DecodeError("frame: does not end where its length says")
            frames.append(Frame(*self._head, data[at : at + take], whole))
            at += take + whole
            self._left -= take
            if whole:
                self._head = None
        self._rest = data[at:]
        return frames


class Relp(Listener):
    """Records over RELP. What could not be made durable isn't answered: its sender sends it again."""

    def __init__(self, settings: RelpSettings) -> None:
        super().__init__(settings, self._serve)

    async def _serve(self, connection: Connection) -> None:
        session = _Session(connection, Frames(self.settings.max_record_bytes))
        try:
            while not session.closed and (data := await connection.read()):
                records, answers = session.take(data)
                await connection.intake.append(connection.name, connection.source, records, context=connection.context)
                if not await connection.answer(answers):
                    return
            await connection.answer(b"0 serverclose 0\n")
        except DecodeError:
            connection.trouble.refused["connections that were no RELP"] += 1
        except (OSError, LakeError):  # the spool's; the intake says so
            connection.trouble.refused["connections ended unanswered: the spool could not be written"] += 1


class _Session:
    """What has been agreed with one client."""

    def __init__(self, connection: Connection, frames: Frames) -> None:
        self.connection = connection
        self.frames = frames
        self.is_open = False
        self.closed = False

    def take(self, data: bytes) -> tuple[list[bytes], bytes]:
        """The records in DATA, and what to answer when they are durable. Errors: DecodeError."""
        records: list[bytes] = []
        answers: list[bytes] = []
        for number, command, body, whole in self.frames.feed(data):
            is_record = command == b"syslog" and self.is_open
            if is_record and body:
                records.append(body)
            if not whole:
                self.connection.trouble.odd["pieces of frames longer than max_record_bytes"] += 1
            elif is_record:
                answers.append(_answer(number, b"200 OK"))
            elif command == b"open":
                self.is_open = True
                answers.append(_answer(number, _OFFER % (b"relp_version=1" in body)))
            elif command == b"close":
                self.closed = True
                answers.append(_answer(number, b""))
            else:
                answers.append(_answer(number, b"500 unknown command, or not open"))
        return records, b"".join(answers)


def _answer(number: int, data: bytes) -> bytes:
    return b"%d rsp %d%s\n" % (number, len(data), b" " + data if data else b"")
