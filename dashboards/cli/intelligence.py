from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.installation import Installation, installation
from dashboards.cli import options, show
from schemas.reasons import told

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = 20  # rejects of a file, one a line
_SAID = {
    "sv": {
        "added": "{} nya, {} ersatta, {} återkallade, {} utan slut, {} kunde inte användas, {} gäller annat",
        "more": "och {} till",
        "none": "Ingen tidigare händelse innehåller någon av dem.",
        "past": "{} tidigare händelser innehåller någon av dem; det som har hänt från och med {} bedöms igen",
        "found": "{} fynd av indikatorer",
        "removed": "{} borttagna",
    },
    "en": {
        "added": "{} new, {} replaced, {} withdrawn, {} without an end, {} rejected, {} passed over",
        "more": "and {} more",
        "none": "No past event holds any of them.",
        "past": "{} past events hold one of them; judging again what took place from {} on",
        "found": "{} findings of indicators",
        "removed": "{} removed",
    },
}


@click.group()
def intelligence() -> None:
    """Threat intelligence: indicators that events are matched against, new ones and those of the past."""


@intelligence.command()
@options.where
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--source", help="The feed's name; by default the file's, without ending.")
@click.option(
    "--expires-days",
    type=click.IntRange(1),
    help="What says no end itself ends so many days after its beginning, or from now.",
)
@click.option("--later", is_flag=True, help="Don't look through past events now.")
def add(
    lake: Path | None,
    config: Path | None,
    language: str,
    files: tuple[Path, ...],
    source: str | None,
    expires_days: int | None,
    later: bool,
) -> None:
    """Keep the indicators of FILES: STIX 2.1 bundles, MISP events, or CSV. What is there already is replaced.

    Past events that hold a new one are judged at once. Exit 0: done. 1: some could not be used; they are named.
    """
    from analytics.intelligence import store  # noqa: PLC0415 - help needs no engine

    home, said = installation(lake, config), _SAID[language]
    changed, rejects = [], 0
    for path in files:
        _decided(home, "intelligence add", {"source": source or path.stem})
        added = store.add(home.root, store.parse(path), source or path.stem, expires_days=expires_days)
        for reject in added.rejects[:_SHOWN]:
            click.echo(
                f"{path} {told(reject.place, language)}: {reject.field}: {told(reject.reason, language)}", err=True
            )
        if len(added.rejects) > _SHOWN:
            click.echo(f"{path}: {said['more'].format(len(added.rejects) - _SHOWN)}", err=True)
        counts = (added.new, added.updated, added.withdrawn, added.endless, len(added.rejects), added.passed)
        click.echo(f"{path}: {said['added'].format(*counts)}")
        rejects += len(added.rejects)
        changed.append(added.changed)
    if not later:
        _judge_past(home.root, changed, lake, config, said)
    raise SystemExit(1 if rejects else 0)


@intelligence.command(name="list")
@options.lake
@options.config
@options.language
@click.option("--source", help="Only of this feed.")
@click.option("--expired", is_flag=True, help="Only those that have ended.")
@click.option(
    "--format", "kind", type=click.Choice(show.FORMATS), default="table", show_default=True, help="Times are UTC."
)
def list_(lake: Path | None, config: Path | None, language: str, source: str | None, expired: bool, kind: str) -> None:
    """Show the indicators: what each looks for, from which feed, and when it holds."""
    import pyarrow.compute as pc  # noqa: PLC0415 - help needs no engine

    from analytics.intelligence import store  # noqa: PLC0415

    rows = store.read(installation(lake, config).root)
    if source is not None:
        rows = rows.filter(pc.equal(rows["source"], source))
    if expired:
        rows = rows.filter(pc.less_equal(rows["valid_to"], datetime.now(UTC)))
    columns = ["source", "indicator", "wanted", "confidence", "label", "valid_from", "valid_to", "known_from"]
    shown = rows.select(columns).group_by(columns, use_threads=False).aggregate([])
    show.write(shown.select(columns), kind, language)


@intelligence.command()
@options.where
@click.argument("indicators", nargs=-1)
@click.option("--source", help="All of this feed.")
@click.option("--expired", is_flag=True, help="All that have ended.")
def remove(
    lake: Path | None,
    config: Path | None,
    language: str,
    indicators: tuple[str, ...],
    source: str | None,
    expired: bool,
) -> None:
    """Forget INDICATORS (their ids), a whole feed, or what has ended. Findings stay."""
    from analytics.intelligence import store  # noqa: PLC0415 - help needs no engine

    home = installation(lake, config)
    _decided(home, "intelligence remove", {"source": source, "indicators": len(indicators), "expired": expired})
    gone = store.remove(
        home.root,
        source=source,
        indicators=indicators,
        expired=datetime.now(UTC) if expired else None,
    )
    click.echo(_SAID[language]["removed"].format(gone))


def _decided(home: Installation, act: str, params: dict[str, Any]) -> None:
    """Write down who does it, before it is done."""
    from analytics.acts import Act  # noqa: PLC0415 - help needs no engine
    from analytics.caller import caller  # noqa: PLC0415
    from ingest.lake import Lake  # noqa: PLC0415

    Lake.open(home.root)  # a lake that isn't there is not made here
    Act(home=home, who=caller(), question=act, params=params, purpose=None).write("decided", datetime.now(UTC))


def _judge_past(
    root: Path, changed: list["pa.Table"], lake: Path | None, config: Path | None, said: Mapping[str, str]
) -> None:
    import pyarrow as pa  # noqa: PLC0415 - help needs no engine

    from analytics.detect.run import detect  # noqa: PLC0415
    from analytics.intelligence.past import look  # noqa: PLC0415

    past = look(root, pa.concat_tables(changed))
    if past.since is None:
        click.echo(said["none"])
        return
    click.echo(said["past"].format(past.events, f"{past.since:%Y-%m-%d}"))
    ran = detect(installation(lake, config), since=past.since)
    if ran is not None:
        mine = [name for name in ran.findings["detection"].to_pylist() if name == "indicator_seen"]
        click.echo(said["found"].format(len(mine)))
