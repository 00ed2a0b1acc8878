"""A broker that asks who we are: TLS and SASL/SCRAM, by both clients."""

import logging
import os
import signal
import threading
import time
import uuid
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient, ScramMechanism, UserScramCredentialUpsertion

from ingest.kafka.client import BrokerError, Place
from ingest.kafka.client import client as client_of
from ingest.kafka.forward import Forwarder
from ingest.kafka.kafka_python import made
from ingest.spool import Delivery, Spool
from ingest.torture.ports import two_ports
from schemas.kafka import KafkaSettings
from schemas.secret import Secret
from tests.broker import running
from tests.ingest.conftest import WEB
from tests.ingest.kafka.test_topics import reading, records, thread, until
from tests.ingest.listening import certificates

pytestmark = pytest.mark.program("mvn")
PASSWORD = "hemligt för alla andra"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A broker with a second door, which only TLS and a password open; its settings."""
    folder = tmp_path_factory.mktemp("guarded")
    certificates(folder)
    (folder / "server.all").write_text((folder / "server.key").read_text() + (folder / "server.pem").read_text())
    door = two_ports()
    properties = (
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DOOR:SASL_SSL",
        "sasl.enabled.mechanisms=SCRAM-SHA-512",
        "ssl.keystore.type=PEM",
        f"ssl.keystore.location={folder / 'server.all'}",
        f"listener.name.door.scram-sha-512.sasl.jaas.config={_SCRAM} required;",
    )
    with running(folder / "broker", *properties, door=door) as broker:
        admin = made(KafkaAdminClient, bootstrap_servers=[broker.address])
        user = UserScramCredentialUpsertion("sparhund", ScramMechanism.SCRAM_SHA_512, PASSWORD.encode())
        assert admin.alter_user_scram_credentials([user]) == {"sparhund": None}
        admin.close()
        yield {"brokers": (f"localhost:{door}",), "ca": folder / "town.pem", "username": "sparhund"}


def test_records_come_through_a_guarded_door(town, guarded, client, tmp_path):
    settings = KafkaSettings(
        **guarded, password=Secret(PASSWORD), client=client, prefix=f"{client}.", group=client, partitions=1
    )
    spool = Spool(tmp_path / "far" / "spool")
    spool.append("web", Delivery(records=records(*range(10))))
    with thread(Forwarder(settings, spool).run), reading(town, settings, WEB):
        until(lambda: town.paths() == list(range(10)))


@pytest.mark.parametrize("wrong", ["password", "ca"])
def test_who_is_not_let_in_is_told_and_names_no_secret(guarded, client, wrong, tmp_path, caplog):
    certificates(tmp_path)
    keys = {**guarded, "password": Secret("another" if wrong == "password" else PASSWORD)}
    keys |= {"ca": tmp_path / "town.pem"} if wrong == "ca" else {}
    settings = KafkaSettings(**keys, client=client)
    with caplog.at_level(logging.DEBUG), pytest.raises(BrokerError) as error:
        client_of(settings).producer(settings)
    assert str(error.value).startswith("kafka: ")
    assert PASSWORD not in caplog.text + str(error.value)


def test_a_broker_that_is_down_at_start_is_waited_for(tmp_path, client):
    settings = KafkaSettings(brokers=("127.0.0.1:1",), client=client)
    spool = Spool(tmp_path / "spool")
    spool.append("web", Delivery(records=records(1)))
    forwarder, stopped = Forwarder(settings, spool), threading.Event()
    worker = threading.Thread(target=forwarder.run, args=(stopped,))
    worker.start()
    time.sleep(1)
    assert worker.is_alive()
    stopped.set()
    worker.join(60)
    assert not worker.is_alive()
    assert not forwarder.contact.reachable
    assert forwarder.contact.reason
    assert spool.waiting("web") == 1


def test_a_producer_that_is_given_up_leaves_nothing_behind(broker, client):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    before = threading.active_count()
    producer = client_of(broker.settings(client=client)).producer(broker.settings(client=client))
    producer.send(Place(topic, 0), b"key", [b"value"], [[]])
    producer.flush(30.0)
    os.killpg(broker.process.pid, signal.SIGSTOP)
    tasks = Path(f"/proc/{broker.process.pid}/task")
    try:
        until(lambda: all("(stopped)" in (task / "status").read_text() for task in tasks.iterdir()))
        producer.send(Place(topic, 0), b"key", [b"value"] * 100, [[]] * 100)
        with pytest.raises(BrokerError):
            producer.flush(1.0)
        producer.close()
    finally:
        os.killpg(broker.process.pid, signal.SIGCONT)
    until(lambda: threading.active_count() <= before)
