"""What is true of a made-up municipality, read from where the simulator keeps it apart from the lake."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class Incident:
    """One planted incident: its events by id, or the silence of a source."""

    id: str
    scenario: str
    first: datetime
    last: datetime
    source: str | None
    events: frozenset[str]


@dataclass(frozen=True, slots=True)
class Truth:
    """The incidents, and which of them each misuse event is of."""

    incidents: tuple[Incident, ...]
    of_event: dict[str, str]

    @property
    def events(self) -> pa.Table:
        """The misuse events as a relation: event_id, incident."""
        return pa.table(
            {"event_id": list(self.of_event), "incident": list(self.of_event.values())},
            schema=pa.schema([("event_id", pa.string()), ("incident", pa.string())]),
        )


def read(town: Path) -> Truth:
    """The truth below TOWN."""
    told: list[dict[str, Any]] = json.loads((town / "truth" / "incidents.json").read_text(encoding="utf-8"))
    incidents = tuple(
        Incident(
            each["id"],
            each["scenario"],
            datetime.fromisoformat(each["first"]),
            datetime.fromisoformat(each["last"]),
            each["source"],
            frozenset(each["events"]),
        )
        for each in told
        if each["first"] is not None
    )
    rows = pq.read_table(town / "truth" / "misuse.parquet")
    return Truth(incidents, dict(zip(rows["event_id"].to_pylist(), rows["incident"].to_pylist(), strict=True)))
