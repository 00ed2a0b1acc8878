"""The server as a command: what it prints."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from dashboards.server import running
from tests.dashboards.conftest import Served


@pytest.mark.parametrize(("words", "links"), [((), 1), (("--link",), 1), (("--no-link",), 0)])
def test_a_link_is_printed_unless_it_would_be_kept(
    served: Served, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], links: int
) -> None:
    def ended(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "running", ended)  # what follows on the printed lines
    command = ["serve", "--config", str(served.folder / "settings.toml"), "--listen", "127.0.0.1:0", *words]
    found = CliRunner().invoke(cli, command)
    assert found.stdout.startswith("sparhund: http://127.0.0.1:")
    assert found.stdout.count("/signin?code=") == links


def test_the_unit_prints_no_link() -> None:
    unit = Path(__file__).parents[3] / "deploy" / "systemd" / "sparhund-serve.service"
    (command,) = [line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStart=")]
    assert "--no-link" in command.split()


def test_answers_go_at_once() -> None:
    with running._socket("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
