import socket
from contextlib import contextmanager

import pytest

from ingest.torture.proxy import Network

PATIENCE_S = 30


@contextmanager
def line():
    """Both ends of a line through a proxy that is called `x`, and what can be done to it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_S)
        with (
            Network({"x": listening.getsockname()[1]}) as network,
            socket.create_connection(("127.0.0.1", network.proxies["x"].port), PATIENCE_S) as sender,
            listening.accept()[0] as server,
        ):
            server.settimeout(PATIENCE_S)
            yield network, sender, server


def read(end):
    """All that comes until the line ends."""
    data = b""
    try:
        while piece := end.recv(100):
            data += piece
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("direction", [0, 1])
def test_a_line_is_cut_after_so_many_bytes_in_one_direction(direction, reset):
    with line() as (network, *ends):
        source, target = ends if direction == 0 else reversed(ends)
        source.sendall(b"before ")
        assert target.recv(7, socket.MSG_WAITALL) == b"before "
        target.sendall(b"other way")
        assert source.recv(9, socket.MSG_WAITALL) == b"other way"
        network.cut("x", direction, 3, reset=reset)
        source.sendall(b"abcdef")
        taken = read(target)
        assert taken == b"abc" if not reset else b"abc".startswith(taken)
        assert read(source) == b""


def test_a_cut_that_never_came_about_is_made_good():
    with line() as (network, sender, server):
        sender.sendall(b"ab")
        assert server.recv(2, socket.MSG_WAITALL) == b"ab"
        network.cut("x", 0, 1000, reset=False)
        network.finish("x")
        assert read(server) == b""


def test_a_line_that_carries_nothing_carries_it_later():
    with line() as (network, sender, server):
        network.stall("x")
        sender.sendall(b"abc")
        server.settimeout(0.3)
        with pytest.raises(TimeoutError):
            server.recv(3)
        server.settimeout(PATIENCE_S)
        network.go_on("x")
        assert server.recv(3, socket.MSG_WAITALL) == b"abc"


def test_where_nobody_listens_the_line_ends_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with (
        Network({"x": port}) as network,
        socket.create_connection(("127.0.0.1", network.proxies["x"].port), PATIENCE_S) as sender,
    ):
        assert read(sender) == b""
