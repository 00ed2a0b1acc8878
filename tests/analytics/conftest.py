import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from analytics import cases
from analytics.installation import Installation, installation
from ingest import identity
from schemas import settings
from schemas.event import NORMALISED

NOW = datetime(2026, 3, 10, tzinfo=UTC)


class MemorySpool:
    """A spool that forgets, or that can't be written."""

    def __init__(self):
        self.records = []
        self.full = False

    def append(self, source, records):
        if self.full:
            raise OSError(28, "No space left on device")
        self.records += [(source, json.loads(record)) for record in records]

    def waiting(self, source):
        return sum(name == source for name, _ in self.records)


class Home:
    """An installation whose lake is one text table, and its spool."""

    def __init__(self, root, given, document):
        self.root = root
        self.spool = MemorySpool()
        header, rows = cases.text_table("given", given)
        table = cases._arrow("given", header, rows, NORMALISED, cases._normalised_defaults)
        pq.write_table(table, root / "normalised.parquet")
        if not (root / "identity.key").exists():
            identity.create_key(root / "identity.key")
        self.settings = settings.parse(document)
        self.installation = installation(root, self.settings)

    def evidence(self, rows):
        pq.write_table(rows, self.root / "evidence.parquet")

    @property
    def acts(self):
        return [record["act"] for _, record in self.spool.records]


@pytest.fixture
def home(tmp_path, monkeypatch):
    made = []

    def make(given, document=None):
        made.append(Home(tmp_path, given, document or {}))
        return made[-1]

    monkeypatch.setattr(Installation, "relation", lambda self, table: f"read_parquet('{self.root}/{table}.parquet')")
    monkeypatch.setattr(Installation, "spool", property(lambda _self: made[-1].spool))
    return make
