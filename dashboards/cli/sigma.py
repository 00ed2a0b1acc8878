from pathlib import Path

import click
import pyarrow as pa

from dashboards.cli import options, show
from schemas.reasons import told

_HEADINGS = {
    "sv": ("regel", "nivå", "loggkälla", "titel", "ATT&CK", "okända fält"),
    "en": ("rule", "level", "log source", "title", "ATT&CK", "unknown fields"),
}
_SAID = {
    "sv": {
        "added": "tillagda",
        "failed": "kunde inte översättas",
        "none": "Inga Sigma-regler.",
        "note": "inte för",
        "details": "läses ur details",
        "unknown": "finns i ingen dokumenterad händelse, så villkoret uppfylls bara om ett program skriver det",
    },
    "en": {
        "added": "added",
        "failed": "could not be converted",
        "none": "No Sigma rules.",
        "note": "not for",
        "details": "read from details",
        "unknown": "in no documented event, so the test is met only if some program writes it",
    },
}


@click.group()
def sigma() -> None:
    """Add, list and remove Sigma rules; `sparhund detect` runs them with the other detections."""


@sigma.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@options.where
def add(paths: tuple[Path, ...], lake: Path | None, config: Path | None, language: str) -> None:
    """Convert the Sigma rules of files and folders (*.yml, *.yaml), and keep them with the lake.

    A rule whose id is there already is replaced. What can't be converted is listed with its file and reason; and of
    each rule the fields that no column holds, which are read from the record in `details`.

    Exit 0: all were added. 1: some could not be converted. 2: nothing could be read.
    """
    from analytics.sigma.convert import convert  # noqa: PLC0415 - pySigma takes half a second to load
    from analytics.sigma.store import put  # noqa: PLC0415 - as above

    folder = _folder(lake, config)
    found, failures = convert(_files(paths))
    for converted in found:
        put(folder, converted.rule, converted.text, converted.file.name)
    said = _SAID[language]
    for failure in failures:
        click.echo(f"{failure.file}: {failure.rule}: {told(failure.reason, language)}", err=True)
    for converted in found:
        named = f"{converted.file}: {converted.rule.title}"
        for note in converted.rule.notes:
            click.echo(f"{named}: {said['note']}: {told(note, language)}", err=True)
        if converted.rule.details:
            click.echo(f"{named}: {said['details']}: {', '.join(converted.rule.details)}", err=True)
        if converted.rule.unknown:
            click.echo(f"{named}: {said['unknown']}: {', '.join(converted.rule.unknown)}", err=True)
    click.echo(f"{len(found)} {said['added']}, {len(failures)} {said['failed']}")
    raise SystemExit(1 if failures else 0)


@sigma.command(name="list")
@options.where
def list_rules(lake: Path | None, config: Path | None, language: str) -> None:
    """List the rules that the lake keeps, and which of their fields no documented event has."""
    from analytics.sigma.store import rules  # noqa: PLC0415 - help needs no lake

    kept = rules(_folder(lake, config))
    rows = [
        (rule.id, rule.level, rule.log_source, rule.title, " ".join(rule.attack), ", ".join(rule.unknown) or None)
        for rule in kept
    ]
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(_HEADINGS[language]))]
    for line in show.table(pa.table(columns, names=list(_HEADINGS[language])), language):
        click.echo(line)
    if not rows:
        click.echo(_SAID[language]["none"])


@sigma.command()
@click.argument("rules", nargs=-1, required=True)
@options.where
def remove(rules: tuple[str, ...], lake: Path | None, config: Path | None, language: str) -> None:  # noqa: ARG001 - as all commands
    """Take rules away, by id. What they have found stays.

    Exit 0: all were there. 2: one wasn't, and the others are away.
    """
    from analytics.sigma.store import remove as take_away  # noqa: PLC0415 - help needs no lake
    from schemas.errors import SettingsError  # noqa: PLC0415 - as above

    missing = take_away(_folder(lake, config), rules)
    if missing:
        raise SettingsError("sigma remove", "RULES", f"{len(missing)} of {len(rules)} are not kept here")


def _folder(lake: Path | None, config: Path | None) -> Path:
    """Where the lake keeps its rules. Errors: LakeError if there is no lake."""
    from analytics.installation import installation  # noqa: PLC0415 - help needs no lake
    from analytics.sigma.store import FOLDER  # noqa: PLC0415 - as above
    from ingest.lake import Lake  # noqa: PLC0415 - as above

    home = installation(lake, config)
    Lake.open(home.root)
    return home.root / FOLDER


def _files(paths: tuple[Path, ...]) -> list[Path]:
    """The files that PATHS are or hold. Errors: SettingsError if they hold none."""
    from schemas.errors import SettingsError  # noqa: PLC0415 - help needs no error

    found = [
        file
        for path in paths
        for file in (sorted(p for p in path.rglob("*") if p.suffix in {".yml", ".yaml"}) if path.is_dir() else [path])
    ]
    if not found:
        raise SettingsError("sigma add", "PATHS", "hold no file that ends in .yml or .yaml")
    return list(dict.fromkeys(found))
