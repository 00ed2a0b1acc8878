import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from ingest.mapping import connect, mapping
from ingest.normalise import Rules
from ingest.normalise import normalise as normalise_batch
from ingest.streams import batches
from schemas.errors import SettingsError
from schemas.event import PIPELINE_COLUMNS
from schemas.source import Source

_LEFT_OUT = PIPELINE_COLUMNS | {"kind", "position", "part", "reason", "length"}


@click.command()
@click.option("--source", "name", required=True, help="Name of a mapping, such as linux_auth.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the source, such as zone=Europe/Stockholm, or reference=TIME.",
)
@click.argument("file", type=click.File("rb"), default="-")
def normalise(name: str, settings: tuple[str, ...], file: BinaryIO) -> None:
    """Turn the records of FILE (or standard input) into events, without a lake.

    Prints one JSON object per record, in order. Exit 0: all records became events. 1: some are rejects. 2: could not
    read.
    """
    rejects = False
    on_disk = Path(file.name) if isinstance(file.name, str) and file.name != "<stdin>" else None
    mtime = datetime.fromtimestamp(on_disk.stat().st_mtime, UTC) if on_disk else None
    source, reference = source_of(name, settings)
    for line in normalised(file, source, reference, path=str(on_disk) if on_disk else None, mtime=mtime):
        rejects = rejects or "reject" in line
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    raise SystemExit(1 if rejects else 0)


def source_of(name: str, settings: tuple[str, ...]) -> tuple[Source, datetime | None]:
    """A source of the mapping NAME with KEY=VALUE settings, and the reference time, if one is set."""
    values = dict(setting.split("=", 1) for setting in settings)
    reference = values.pop("reference", None)
    known = {"zone", "system", "decoder"}
    framing = {"encoding", "separator", "quote", "header", "has_header", "start", "element"}
    declared = {param.name for param in mapping(name).params}
    for key in values:
        if key not in known | framing | declared:
            raise SettingsError(
                "--set",
                key,
                f"unknown setting; there are {', '.join(sorted(known | framing | declared | {'reference'}))}",
            )
    return (
        Source(
            name=name,
            mapping=name,
            framing={key: value for key, value in values.items() if key in framing},
            params={key: value for key, value in values.items() if key in declared},
            system=values.get("system", ""),
            zone=values.get("zone"),
            decoder=values.get("decoder"),
        ),
        datetime.fromisoformat(reference) if reference else None,
    )


def normalised(
    stream: BinaryIO,
    source: Source,
    reference: datetime | None,
    received: datetime | None = None,
    *,
    path: str | None = None,
    mtime: datetime | None = None,
) -> Any:
    """One JSON value for each record of STREAM, in order."""
    connection = connect()
    rules = Rules(source, mapping(source.mapping), reference)
    for batch in batches(
        stream, rules.mapping, source, shard="-", received=received or datetime.now(UTC), path=path, mtime=mtime
    ):
        rows = normalise_batch(connection, batch.records, [batch.context], rules).to_pylist()
        yield from _by_record(rows)


def _by_record(rows: list[dict[str, Any]]) -> Any:
    record: dict[str, Any] = {"position": None}
    for row in rows:
        if row["position"] != record["position"]:
            if record["position"] is not None:
                yield record
            record = {"position": row["position"]}
        if row["kind"] == "reject":
            record["reject"] = row["reason"]
        else:
            record.setdefault("events", []).append(
                {name: _plain(value) for name, value in row.items() if value is not None and name not in _LEFT_OUT}
            )
    if record["position"] is not None:
        yield record


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
