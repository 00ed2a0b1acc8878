"""The network between senders and collectors: lines that can be stopped, and cut at any byte, in either direction."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

_CHUNK_BYTES = 65536
_END_S = 0.01  # until lines that were cut are looked at again
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing is a reset


@dataclass(eq=False, slots=True)
class _Line:
    """One connection, both ends."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    budget: list[int | None] = field(
        default_factory=lambda: [None, None]
    )  # bytes until the cut, to and from the server
    reset: bool = False

    def cut(self) -> None:
        for writer in self.ends:
            if self.reset:
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Proxy:
    """Passes on what comes to `port` to 127.0.0.1:TO."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self._lines: set[_Line] = set()
        self._going = asyncio.Event()
        self._going.set()

    async def listen(self) -> asyncio.Server:
        """Begin."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def stall(self) -> None:
        """Pass nothing on."""
        self._going.clear()

    def go_on(self) -> None:
        """Pass on again."""
        self._going.set()

    def cut(self, direction: int, after_bytes: int, *, reset: bool) -> None:
        """Each line is cut when it has passed on AFTER_BYTES more to (0) or from (1) the server."""
        for line in list(self._lines):
            line.reset = reset
            line.budget[direction] = after_bytes
            if not after_bytes:
                line.cut()

    def finish(self) -> None:
        """Cut the lines that were to be cut and have passed on too little since."""
        for line in list(self._lines):
            if line.budget != [None, None]:
                line.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.transport.abort()
            return
        line = _Line((writer, up_writer))
        self._lines.add(line)
        try:
            await asyncio.gather(self._pass(line, 0, reader, up_writer), self._pass(line, 1, up_reader, writer))
        finally:
            self._lines.discard(line)
            for each in line.ends:
                each.close()

    async def end(self) -> None:
        """Cut all lines for good."""
        self._going.set()
        while self._lines:
            for line in list(self._lines):
                line.cut()
            await asyncio.sleep(_END_S)

    async def _pass(
        self, line: _Line, direction: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._going.wait()
                budget = line.budget[direction]
                if budget is not None:
                    data = data[:budget]
                    line.budget[direction] = budget - len(data)
                writer.write(data)
                await writer.drain()
                if line.budget[direction] == 0:
                    line.cut()
                    return
            await self._going.wait()
            writer.write_eof()
            return
        line.cut()


class Network(threading.Thread):
    """The proxies, in a thread of their own. `with` it."""

    def __init__(self, targets: dict[str, int]) -> None:
        super().__init__(name="network", daemon=True)
        self.proxies = {name: Proxy(to) for name, to in targets.items()}
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()

    def __enter__(self) -> Self:
        self.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self.join()

    def run(self) -> None:
        """As a thread has it."""
        self._loop.run_until_complete(self._work())
        self._loop.close()

    async def _work(self) -> None:
        servers = [await proxy.listen() for proxy in self.proxies.values()]
        self._ready.set()
        await self._stopped.wait()
        for server in servers:
            server.close()
        for proxy in self.proxies.values():
            await proxy.end()

    def stall(self, name: str) -> None:
        """As `Proxy.stall`, from another thread; done when it returns, as the others are."""
        self._do(self.proxies[name].stall)

    def go_on(self, name: str) -> None:
        """As `Proxy.go_on`."""
        self._do(self.proxies[name].go_on)

    def cut(self, name: str, direction: int, after_bytes: int, *, reset: bool) -> None:
        """As `Proxy.cut`."""
        self._do(lambda: self.proxies[name].cut(direction, after_bytes, reset=reset))

    def finish(self, name: str) -> None:
        """As `Proxy.finish`."""
        self._do(self.proxies[name].finish)

    def _do(self, act: Callable[[], None]) -> None:
        done = threading.Event()

        def work() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(work)
        done.wait()
