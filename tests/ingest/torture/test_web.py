import socket
import threading
from random import Random

import pytest

from ingest.torture.sender import Task
from ingest.torture.web import Http

WHOLE = b'HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\n\r\n{"accepted":1}'


def answered(answer):
    """What the sender takes ANSWER for, after which the line is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with listening.accept()[0] as line:
                line.recv(65536)
                line.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        port = listening.getsockname()[1]
        task = Task(name="http", port=port, pool=None, truth=None, dice=Random(1), rate=1.0)
        try:
            return Http(task).post("/v1/records/http", b"{}\n", {})
        finally:
            server.join()


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_answer_that_was_cut_is_none(length):
    assert answered(WHOLE[:length]) == (0, b"")


def test_a_whole_answer_is_one():
    assert answered(WHOLE) == (202, b'{"accepted":1}')
