"""Why brokers don't answer, as an operator is told it; and what is told before one is asked."""

import logging
import socket
import ssl
import threading
from contextlib import contextmanager, suppress

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.kafka import contact as module
from ingest.kafka import doors
from ingest.kafka.client import BrokerError, check
from ingest.kafka.contact import Contact
from ingest.operations.brokered import Forwarded
from schemas.errors import SettingsError
from schemas.kafka import KafkaSettings
from schemas.secret import Secret
from tests.ingest.listening import PATIENCE_S, certificates

REFUSED, GONE = BrokerError("kafka: TopicAuthorizationFailedError"), BrokerError("kafka: NoBrokersAvailable")


class Sender:
    def __init__(self):
        settings = KafkaSettings(brokers=("127.0.0.1:1",))
        self.contact = Contact(settings, logging.getLogger("sparhund.forward"), "records wait")
        self.records = self.bytes = {}


def said(caplog):
    return [record.getMessage() for record in caplog.records]


def test_each_reason_is_told_once_from_the_first_try_on_and_that_it_is_over(caplog):
    caplog.set_level(logging.INFO)
    sender = Sender()
    for error in (REFUSED, REFUSED, GONE, REFUSED):
        sender.contact.lost(error)
    assert said(caplog) == [
        f"{REFUSED}; records wait",
        f"{GONE}: 127.0.0.1:1: Connection refused; records wait",
    ]
    assert list(Forwarded(sender).problems()) == ["no broker answers: TopicAuthorizationFailedError"]
    for _ in range(2):
        sender.contact.made("2 topics are there")
    assert said(caplog)[2:] == ["kafka: brokers answer; 2 topics are there"]
    assert list(Forwarded(sender).problems()) == []


def test_what_comes_and_goes_each_second_is_told_each_minute(caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    contact = Sender().contact
    contact.made()
    for second in range(61):
        clock[0] = float(second)
        contact.lost(REFUSED)
        contact.made()
    monkeypatch.undo()
    assert said(caplog)[1:] == [f"{REFUSED}; records wait", "kafka: brokers answer"] * 2


@contextmanager
def door(folder=None):
    """The port of something that takes connections: by TLS with the town's certificate, or silent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if folder:
            context.load_cert_chain(folder / "server.pem", folder / "server.key")

        def answer():
            with suppress(OSError):  # closed, or a client that breaks off
                accepted, _ = listening.accept()
                with accepted:
                    if folder:
                        context.wrap_socket(accepted, server_side=True).close()
                    else:
                        accepted.recv(1)
                        accepted.sendall(b"no TLS, whatever was said\n")

        answering = threading.Thread(target=answer)
        answering.start()
        yield listening.getsockname()[1]
        answering.join(PATIENCE_S)


def met(port, host="localhost", **keys):
    return doors.told(KafkaSettings(brokers=(f"{host}:{port}",), **keys)).removeprefix(f"{host}:{port}: ")


def test_what_is_met_at_a_brokers_door_is_told(folder):
    town = {"ca": folder / "town.pem"}
    user = {"username": "web1", "password": Secret("hemligt")}
    with door(folder) as port:
        assert met(port, **town, **user).endswith("are kafka.username, password and mechanism right?")
    with door(folder) as port:
        assert met(port, **town).endswith("does it want a user or a certificate?")
    with door(folder) as port:
        assert "not taken: " in met(port, ca=folder / "stranger.pem")
    with door(folder) as port:
        assert "mismatch" in met(port, "127.0.0.1", **town)
    with door() as port:
        assert "does it speak TLS at all?" in met(port, **town)
    with door(folder) as port:
        assert met(port).endswith("without TLS (kafka.ca)?")
    assert met(1) == "Connection refused"
    assert met(9093, "nowhere.invalid") == "there is no host of that name"
    assert "hemligt" not in doors.told(KafkaSettings(brokers=("localhost:1",), **town, **user))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("certificates")
    certificates(made)
    return made


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({"ca": "nothing.pem"}, r"ca: .*/nothing\.pem: No such file"),
        ({"ca": "town.key"}, r"ca: .*/town\.key: holds no certificate as PEM"),
        ({"ca": "town.pem", "certificate": "web1.pem"}, r"certificate: .*/web1\.pem: holds no key"),
        ({"ca": "town.pem", "certificate": "web1.pem", "key": "other.key"}, r"key: .*: is not this certificate's"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told_before_a_broker_is_asked(folder, names, error):
    with pytest.raises(SettingsError, match=f"^kafka: {error}"):
        check(KafkaSettings(brokers=("kafka:9093",), **{key: folder / name for key, name in names.items()}))


def test_certificates_that_can_be_used_are_no_error(folder):
    names = {"ca": "town.pem", "certificate": "web1.pem", "key": "web1.key"}
    check(KafkaSettings(brokers=("kafka:9093",), **{key: folder / name for key, name in names.items()}))


@pytest.mark.parametrize("words", [["forward"], ["ingest", "--follow"]])
def test_commands_end_with_it(tmp_path, words):
    config = tmp_path / "settings.toml"
    config.write_text(
        '[lake]\nroot = "lake"\n[kafka]\nbrokers = ["127.0.0.1:1"]\nca = "tls/ca.pem"\n'
        '[sources.web]\nmapping = "web_access"\n'
    )
    with pytest.raises(SettingsError, match=r"^kafka: ca: .*tls/ca\.pem: No such file"):
        CliRunner().invoke(cli, [*words, "--config", str(config)], catch_exceptions=False)
