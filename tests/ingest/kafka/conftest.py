import pytest

from tests.broker import running
from tests.conftest import lacks


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One broker for all tests; each has topics and a group of its own."""
    if reason := lacks("mvn") or lacks("java"):
        pytest.skip(f"program missing: {reason}")
    with running(tmp_path_factory.mktemp("kafka")) as found:
        yield found


@pytest.fixture(params=["kafka-python", "confluent"])
def client(request):
    return request.param
