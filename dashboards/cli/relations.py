from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import click

from analytics.installation import installation
from dashboards.cli import options

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_SHOWN = 20  # rejects, one a line


@click.group()
def relations() -> None:
    """The staff's relations to residents, for detections: pairs of tokens, without name, number and address."""


@relations.command()
@options.lake
@options.config
@click.option("--register", type=_FILE, multiple=True, required=True, help="Export of the resident register, CSV.")
@click.option("--staff", type=_FILE, multiple=True, required=True, help="Employees and their numbers, CSV.")
@click.option("--delete", is_flag=True, help="Delete these files when the tables are written.")
@click.option("--replace", is_flag=True, help="Replace also tables that people have written or changed.")
@click.option(
    "--known-from",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="When the facts became known here; by default as soon as they held.",
)
def build(
    lake: Path | None,
    config: Path | None,
    register: tuple[Path, ...],
    staff: tuple[Path, ...],
    delete: bool,
    replace: bool,
    known_from: datetime | None,
) -> None:
    """Write kin.csv and subjects.csv into the context folder, and a signed note of the deletion of the rest.

    Exit 0: done. 1: done, but rows were rejected or a file could not be deleted. 2: could not do it.
    """
    from analytics.acts import Act  # noqa: PLC0415 - help needs no engine
    from analytics.caller import caller  # noqa: PLC0415
    from ingest.lake import Lake  # noqa: PLC0415
    from ingest.relations.build import build as build_relations  # noqa: PLC0415

    home = installation(lake, config)
    Lake.open(home.root)  # a lake that isn't there is not made here
    known: date | None = known_from.date() if known_from else None
    params = {"register": len(register), "staff": len(staff), "delete": delete}
    decision = home.settings.detection.relations_decision
    act = Act(home=home, who=caller(), question="relations build", params=params, purpose=decision)
    with act.asked(datetime.now(UTC)):
        built = build_relations(home.settings, register, staff, delete=delete, replace=replace, known_from=known)
    act.write("answered", datetime.now(UTC), built.outputs[0].rows)
    for given, fate in zip(built.inputs, built.fates, strict=True):
        click.echo(f"{given.path}: {given.rows} rows; {_FATES.get(fate, fate)}")
    for reject in built.rejects[:_SHOWN]:
        click.echo(f"rejected: {reject}", err=True)
    if len(built.rejects) > _SHOWN:
        click.echo(f"rejected: {len(built.rejects)} rows; by column and reason:", err=True)
        for (column, reason), count in Counter((r.column, r.reason) for r in built.rejects).most_common():
            click.echo(f"  {column}: {reason}: {count}", err=True)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(built.kinds.items()))
    click.echo(f"{built.outputs[0].rows} pairs ({kinds}); {built.outputs[1].rows} rows of subjects")
    click.echo(f"{len(built.rejects)} rows rejected")
    click.echo(f"note: {built.note}")
    undeleted = delete and any(fate not in _FATES for fate in built.fates)
    raise SystemExit(1 if built.rejects or undeleted else 0)


_FATES = {"raderad": "deleted", "lämnad kvar": "left"}


@relations.command()
@click.argument("note", type=_FILE)
@click.option("--key", type=_FILE, help="The public key; by default the file `verifier` beside the note.")
def verify(note: Path, key: Path | None) -> None:
    """Check the signature of NOTE and print what it says. Exit 0: it holds. 2: it doesn't, or could not be checked."""
    from ingest.relations.note import verify as verify_note  # noqa: PLC0415 - as above

    public = (key or note.with_name("verifier")).read_text(encoding="utf-8")
    click.echo(verify_note(note.read_bytes().decode("utf-8", "replace"), public), nl=False)
