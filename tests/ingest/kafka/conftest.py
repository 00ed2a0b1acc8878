import uuid

import pytest

from ingest.torture.ports import two_ports
from ingest.torture.proxy import Network
from tests.broker import running
from tests.conftest import lacks


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One broker for all tests; each has topics and a group of its own. Its second door is behind its `network`."""
    if reason := lacks("mvn") or lacks("java"):
        pytest.skip(f"program missing: {reason}")
    door = two_ports()
    with Network({"broker": door}) as network:
        seen = network.proxies["broker"].port
        names = "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DOOR:PLAINTEXT"
        with running(tmp_path_factory.mktemp("kafka"), names, door=door, seen=seen) as found:
            found.network = network
            yield found


@pytest.fixture(params=["kafka-python", "confluent"])
def client(request):
    return request.param


@pytest.fixture
def settings(broker, client):
    """Of an installation of its own: other topics, another group."""
    name = uuid.uuid4().hex

    def made(**keys):
        return broker.settings(
            **{"client": client, "prefix": f"{name}.", "group": name, "partitions": 2, "stall_s": 5.0, **keys}
        )

    return made
