"""How connections that are taken send."""

import socket


def at_once(listener: socket.socket) -> None:
    """Let all that LISTENER takes send what is written at once (TCP_NODELAY, which connections inherit).

    asyncio says so only of sockets that are made with their protocol's number. An answer whose head and body are
    written one after the other waited 40 ms else, until the head was acknowledged.
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
