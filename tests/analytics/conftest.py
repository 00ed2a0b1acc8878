import json
from datetime import UTC, datetime

import pytest

from analytics import cases
from analytics.installation import Installation, installation
from ingest import identity
from ingest.lake import Lake
from schemas import settings
from schemas.event import NORMALISED

KEY = bytes(range(identity.KEY_BYTES))
NOW = datetime(2026, 3, 10, tzinfo=UTC)


class MemorySpool:
    """A spool that forgets, or that can't be written."""

    def __init__(self, root):
        self.root = root
        self.records = []
        self.full = False

    def append(self, source, *deliveries):
        if self.full:
            raise OSError(28, "No space left on device")
        self.records += [(source, json.loads(record)) for each in deliveries for record in each.records]

    def waiting(self, source):
        return sum(name == source for name, _ in self.records)


class Home:
    """An installation whose lake holds one text table, and its spool."""

    def __init__(self, root, given, document, key):
        self.root = root
        self.spool = MemorySpool(root / "spool")
        header, rows = cases.text_table("given", given)
        self.lake = Lake.create(root)
        self.add("normalised", cases._arrow("given", header, rows, NORMALISED, cases._normalised_defaults))
        (root / "identity.key").write_bytes(key)
        self.settings = settings.parse(document)
        self.installation = installation(root, self.settings)

    def evidence(self, rows):
        self.add("evidence", rows)

    def files(self):
        return [self.root / "normalised" / path for path in self.lake.table("normalised").files]

    def add(self, name, rows):
        if len(rows):
            table = self.lake.table(name)
            days = [(received or NOW).date() for received in rows["received"].to_pylist()]
            places = {day: [number for number, each in enumerate(days) if each == day] for day in days}
            table.append([table.write(rows.take(those), "standard", day) for day, those in places.items()])

    @property
    def acts(self):
        return [record["act"] for _, record in self.spool.records]


@pytest.fixture
def home(tmp_path, monkeypatch):
    made = []

    def make(given, document=None):
        made.append(Home(tmp_path / str(len(made)), given, document or {}, KEY))
        return made[-1]

    monkeypatch.setattr(Installation, "spool", property(lambda _self: made[-1].spool))
    return make
