"""Syslog over UDP, TCP and TLS (RFC 5424 and 3164 by RFC 5426, 6587 and 5425): framing only; mappings read the rest."""

import asyncio
import contextlib
import logging
import re
import socket
import struct
from collections import defaultdict

from ingest.sources.connections import Connection, Listener, bound
from ingest.sources.intake import Intake, context
from ingest.sources.senders import Senders
from schemas.collectors.syslog import SyslogTcp, SyslogUdp

_COUNTED = re.compile(rb"([1-9]\d{0,8}) (?=<)")  # RFC 6587 3.4.1: MSG-LEN SP, and a message begins with its priority
_COUNT_BEGUN = re.compile(rb"[1-9]\d{0,8} ?")
_DATAGRAMS = 1000  # read at a time
_DATAGRAM_BYTES = 1 << 16
_IN_FLIGHT_BYTES = 8 << 20  # on the way to the spool; beyond it the kernel's buffer holds what comes
_DROPS_S = 1.0  # how often the kernel's counter is read
_STOP_S = 1.0  # what comes after we were told to stop is read for at most so long
_SO_RCVBUFFORCE = 33
_SO_MEMINFO, _MEMINFO, _DROPS = 55, struct.Struct("9I"), 8  # linux/sock_diag.h: the last is SK_MEMINFO_DROPS
_TRAILER = b"\r\n\0"  # which some senders add to a datagram

log = logging.getLogger("sparhund.collect")


class Framing:
    """The messages in one connection's bytes. Each message may be framed either way; a long one becomes pieces."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.long = 0  # messages that became pieces
        self._rest = b""
        self._counted = 0  # what is to come of a counted message that is taken in pieces
        self._in_line = False  # a piece of the line was taken already

    def feed(self, data: bytes) -> list[bytes]:  # noqa: C901 - a call for each record would cost more than the rest
        """The messages that DATA completes."""
        data = self._rest + data if self._rest else data
        records: list[bytes] = []
        at, size = 0, len(data)
        while at < size:
            if self._counted:
                end = at + min(self._counted, self.limit)
                if end > size:
                    break
                records.append(data[at:end])
                self._counted -= end - at
                at = end
            elif not self._in_line and (head := _COUNTED.match(data, at)):
                length = int(head[1])
                if length > self.limit:
                    self._counted = length
                    self.long += 1
                    at = head.end()
                    continue
                end = head.end() + length
                if end > size:
                    break
                records.append(data[head.end() : end])
                at = end
            elif not self._in_line and _COUNT_BEGUN.fullmatch(data, at):
                break
            else:
                end = data.find(b"\n", at)
                if (size if end < 0 else end) - at > self.limit:
                    self.long += not self._in_line
                    self._in_line = True
                    records.append(data[at : at + self.limit])
                    at += self.limit
                elif end < 0:
                    break
                else:
                    if line := data[at:end].removesuffix(b"\r"):
                        records.append(line)
                    self._in_line = False
                    at = end + 1
        self._rest = data[at:]
        return records

    def end(self) -> tuple[list[bytes], bool]:
        """What stands after the last whole message when the sender is gone, and whether it was cut short."""
        head = None if self._counted or self._in_line else _COUNTED.match(self._rest)
        rest = self._rest[head.end() :] if head else self._rest
        return [rest] if rest else [], bool(head or self._counted)


class Tcp(Listener):
    """Syslog over TCP or TLS. Its senders aren't answered, so what was read is held until it is durable."""

    def __init__(self, settings: SyslogTcp) -> None:
        super().__init__(settings, self._serve)

    async def _serve(self, connection: Connection) -> None:
        framing = Framing(self.settings.max_record_bytes)
        odd = connection.trouble.odd
        while data := await connection.read():
            records = framing.feed(data)
            if framing.long:
                odd["records longer than max_record_bytes, taken in pieces"] += framing.long
                framing.long = 0
            await connection.intake.hold(connection.name, connection.source, records, connection.context)
        records, cut = framing.end()
        odd["records that their sender cut short"] += cut
        await connection.intake.hold(connection.name, connection.source, records, connection.context)


class Udp:
    """Syslog over UDP: what the kernel had to drop is counted as lost."""

    def __init__(self, settings: SyslogUdp) -> None:
        self.settings = settings
        self.senders = Senders(settings)
        self.socket: socket.socket | None = None
        self._in_flight = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._dropped = 0

    async def open(self) -> None:
        """Bind, with as large a buffer as the kernel grants. Errors: SettingsError."""
        self.socket = bound(self.settings, socket.SOCK_DGRAM)
        wanted = self.settings.buffer_bytes
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, wanted)
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
        granted = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        if granted < wanted:
            log.warning("%s: buffer_bytes: the kernel grants %d; raise net.core.rmem_max", self.settings.place, granted)

    async def run(self, intake: Intake, stopped: asyncio.Event) -> None:
        """Take datagrams until STOPPED, and those that the kernel holds by then."""
        assert self.socket
        log.info("%s: listens to %s port %d", self.settings.place, *self.socket.getsockname()[:2])
        loop = asyncio.get_running_loop()
        counting = asyncio.create_task(self._count_drops(self.socket, intake))
        stopping = asyncio.create_task(stopped.wait())
        come = asyncio.Event()
        stopping.add_done_callback(lambda _: come.set())
        while not stopped.is_set():
            come.clear()
            loop.add_reader(self.socket, come.set)
            await come.wait()
            loop.remove_reader(self.socket)
            await self._take(self.socket, intake)
        stop_at = loop.time() + _STOP_S
        while await self._take(self.socket, intake) and loop.time() < stop_at:
            pass
        counting.cancel()
        self._read_drops(self.socket, intake)
        self.socket.close()
        await asyncio.gather(*self._tasks)
        with contextlib.suppress(asyncio.CancelledError):
            await counting

    async def _take(self, sock: socket.socket, intake: Intake) -> int:
        """Read some of what the kernel holds; how many datagrams."""
        taken: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        count = 0
        while count < _DATAGRAMS:
            try:
                data, address = sock.recvfrom(_DATAGRAM_BYTES)
            except BlockingIOError:
                break
            count += 1
            source = self.senders.by_address(address[0])
            if source is None:
                intake.trouble[self.settings.name].refused["datagrams of unknown senders"] += 1
            elif data := data.rstrip(_TRAILER):
                taken[source, address[0]].append(data)
        for (source, sender), records in taken.items():
            self._in_flight += sum(map(len, records))
            task = asyncio.create_task(self._hold(intake, source, sender, records))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await asyncio.sleep(0)  # the others' turn, however fast datagrams come
        while self._in_flight > _IN_FLIGHT_BYTES:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        return count

    async def _hold(self, intake: Intake, source: str, sender: str, records: list[bytes]) -> None:
        await intake.hold(self.settings.name, source, records, context(sender=sender))
        self._in_flight -= sum(map(len, records))

    async def _count_drops(self, sock: socket.socket, intake: Intake) -> None:
        while True:
            await asyncio.sleep(_DROPS_S)
            self._read_drops(sock, intake)

    def _read_drops(self, sock: socket.socket, intake: Intake) -> None:
        dropped = _MEMINFO.unpack(sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))[_DROPS]
        new = (dropped - self._dropped) % (1 << 32)
        self._dropped = dropped
        if new:
            intake.trouble[self.settings.name].lost["datagrams that the kernel had no room for"] += new
