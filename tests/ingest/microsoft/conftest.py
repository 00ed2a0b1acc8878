import pytest

from ingest.sources.microsoft import line
from tests.ingest.microsoft.server import Server


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(line, "BACKOFF_S", 0.01)
    with Server() as server:
        yield server
    assert server.violations == []
    assert server.scripted == 0
