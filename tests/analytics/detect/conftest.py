import itertools
from datetime import UTC, datetime

import pytest

from analytics import cases
from analytics.detect.run import detect
from analytics.installation import installation
from ingest import identity
from ingest.lake import Lake
from schemas import settings
from schemas.event import NORMALISED

NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Judged:
    """An installation into whose lake text tables are committed, a batch each, and judged."""

    def __init__(self, root):
        self.root = root
        (root / "context").mkdir(parents=True)
        self.lake = Lake.create(root / "lake")
        (root / "lake" / "identity.key").write_bytes(bytes(range(identity.KEY_BYTES)))
        self.settings = settings.parse(
            {
                "lake": {"root": "lake"},
                "context": {"folder": "context"},
                "questions": {"purpose_required": False},
                "detection": {"relations_decision": "KS 2026/1"},
            },
            root / "settings.toml",
        )
        self.home = installation(root / "lake", self.settings)
        self._positions = itertools.count()

    def context(self, name, text):
        header, rows = cases.text_table(name, text)
        lines = [",".join(header), *(",".join(row) for row in rows)]
        (self.root / "context" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def come(self, text, remove=()):
        """Commit the rows of TEXT as a batch; REMOVE files in the same commit, as a computing again does."""
        header, rows = cases.text_table("given", text)
        table = self.lake.table("normalised")
        batch = table.positions.get("batch", 0) + 1

        def defaults(given, _):
            return cases._normalised_defaults(given, next(self._positions)) | {"batch": batch}

        made = cases._arrow("given", header, rows, NORMALISED, defaults)
        file = table.write(made, "standard", NOW.date())
        table.commit([file], expect={}, positions={"batch": batch}, remove=remove)
        return file

    def detect(self, **given):
        return detect(self.home, now=NOW, **given)

    def found(self, **given):
        """What a run finds: (detection, group, state, events), sorted."""
        ran = self.detect(**given)
        rows = ran.findings.to_pylist() if ran else []
        return sorted((row["detection"], row["group_key"], row["state"], row["events"]) for row in rows)


@pytest.fixture
def judged(tmp_path):
    return Judged(tmp_path)
