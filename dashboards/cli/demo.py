import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from dashboards.cli.progress import progress
from ingest.simulator.catalogue import LOGS
from ingest.simulator.population import HSA
from ingest.simulator.simulation import Simulated, simulate
from schemas.errors import SettingsError, SparhundError

_ZONE = ZoneInfo("Europe/Stockholm")
_PURPOSE = "Demonstration av loggkontroll"
_SAID = 2  # lines of what an answer rests on
_REJECTS = 1  # the exit code of `ingest` when all went well but some records could not be read


@dataclass(frozen=True, slots=True)
class Shown:
    """One question of the demonstration: the incident it shows, what is asked, and how the answer's rows are laid out.

    `columns` are (column of the answer, Swedish heading); rows come in order of `order`, the largest first if it begins
    with a minus. The question's parameters come from the incident: `about` names those that are given.
    """

    incident: str
    heading: str
    question: str
    about: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    order: str
    rows: int = 10


QUESTIONS: tuple[Shown, ...] = (
    Shown(
        incident="granne",
        heading="Vem har läst den här personens uppgifter?",
        question="who_accessed_subject",
        about=("subject", "start", "stop"),
        columns=(
            ("actor_person", "Vem"),
            ("actor_unit", "Enhet"),
            ("system", "System"),
            ("action", "Vad"),
            ("events", "Antal"),
            ("last_utc", "Senast"),
        ),
        order="-last_utc",
    ),
    Shown(
        incident="kapat-konto",
        heading="Vem har tagit ut mest information?",
        question="exports_and_prints",
        about=("start", "stop"),
        columns=(
            ("actor_person", "Vem"),
            ("actor_unit", "Enhet"),
            ("system", "System"),
            ("action", "Vad"),
            ("events", "Antal"),
            ("first_utc", "Först"),
            ("last_utc", "Senast"),
        ),
        order="-events",
        rows=5,
    ),
    Shown(
        incident="bakvagen",
        heading="Vilka behörigheter har getts och tagits bort i katalogtjänsten?",
        question="permission_changes",
        about=("system", "start", "stop"),
        columns=(
            ("time_utc", "När"),
            ("actor_person", "Vem"),
            ("action", "Vad"),
            ("target_group", "Grupp"),
            ("target_account", "Till"),
        ),
        order="time_utc",
    ),
)

_WORDS = {
    "read": "läst",
    "search": "sökt",
    "create": "skrivit",
    "update": "ändrat",
    "delete": "tagit bort",
    "sign": "signerat",
    "print": "skrivit ut",
    "export": "laddat ned",
    "copy": "kopierat",
    "grant": "gav",
    "revoke": "tog bort",
    "share": "delade",
}


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where logs and lake are put.",
)
@click.option(
    "--people", type=click.IntRange(100), default=2000, show_default=True, help="Employees of the made-up municipality."
)
@click.option("--days", type=click.IntRange(4), default=7, show_default=True, help="Days of logs.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another municipality."
)
@click.option(
    "--serve/--no-serve",
    default=True,
    show_default=True,
    help="End by serving the pages, until you stop it with Ctrl-C.",
)
@click.pass_context
def demo(context: click.Context, out: Path, people: int, days: int, seed: int, serve: bool) -> None:
    """Show what sparhund does: a made-up week of logs, read in as any logs are, three questions answered, and pages."""
    began = time.monotonic()
    cli = context.find_root().command
    assert isinstance(cli, click.Group)
    _make_room(out)
    systems = len({log.system for log in LOGS})
    click.echo(f"Åvikens kommun finns inte. Den har {_number(people)} anställda, ", nl=False)
    click.echo(f"och {systems} system har loggat i {days} dagar.\n")
    with progress("Skriver loggar", days, "dag") as advance:
        town = simulate(out, people=people, days=days, seed=seed, progress=lambda _done, _of: advance())
    formats = len({log.format for log in LOGS})
    click.echo(f"1. {_number(town.records)} loggposter i {formats} format skrivna till {out}/logs  ({_seconds(began)})")
    config = str(out / "settings.toml")
    _run(cli, ["ingest", "--config", config])
    click.echo(f"2. Inlästa i {out}/lake: tolkade, klassade och knutna till personer  ({_seconds(began)})\n")
    names = _names(out)
    for number, shown in enumerate(QUESTIONS, start=3):
        _show(cli, town, shown, number, names, config)
    click.echo(f"Klart på {_seconds(began)}. Facit, det som planterades, står i {out}/truth/incidents.json.\n")
    if serve:
        _serve(town, config)
    else:
        _next(town, config)


def _make_room(out: Path) -> None:
    """Clear away an earlier demonstration, and nothing else."""
    if (out / "truth" / "incidents.json").is_file() and (out / "settings.toml").is_file():
        click.echo(f"Förra demonstrationen i {out} tas bort; allt görs på nytt.")
        shutil.rmtree(out)
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError(str(out), "out", "holds something else than a demonstration; name another folder")
    with contextlib.suppress(OSError):  # what can't be made is told when it is written to
        out.mkdir(mode=0o750, parents=True, exist_ok=True)


def _show(cli: click.Group, town: Simulated, shown: Shown, number: int, names: dict[str, str], config: str) -> None:
    incident = next(told for told in town.incidents if told["id"] == shown.incident)
    given, secret = _parameters(shown, incident)
    command = ["ask", shown.question, *given, "--purpose", _PURPOSE, "--config", config]
    click.echo(click.style(f"{number}. {shown.heading}", bold=True))
    typed = "echo PERSONNUMMER | " if secret else ""
    click.echo(click.style(f"   $ {typed}sparhund {' '.join(_quoted(word) for word in command)}", dim=True))
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()) as statement:
        _run(cli, [*command, "--format", "csv"], secret)
    rows = list(csv.DictReader(io.StringIO(printed.getvalue())))
    planted = {who["person"] for who in incident["who"]}
    for line, marked in table(shown, rows, names, planted):
        click.echo(click.style(f"   {line}", fg="yellow" if marked else None))
    said = statement.getvalue().splitlines()
    for line in said[:_SAID]:
        click.echo(click.style(f"   {line}", dim=True))
    if len(said) > _SAID:
        click.echo(click.style(f"   … och {len(said) - _SAID} rader till om vad svaret bygger på", dim=True))
    who = incident["who"][0]
    click.echo(f"   ► {incident['title']}: {who['name']}, {who['role']}, {who['unit']}.\n")


def _parameters(shown: Shown, incident: dict[str, Any]) -> tuple[list[str], str]:
    """The question's parameters as command words, and what goes to standard input."""
    first = (
        datetime.fromisoformat(incident["first"]).astimezone(_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    last = datetime.fromisoformat(incident["last"]).astimezone(_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    values = {
        "subject": "-",
        "system": "Katalogtjänsten",
        "start": first.isoformat(),
        "stop": (last + timedelta(days=1)).isoformat(),
    }
    words = [word for name in shown.about for word in (f"--{name}", values[name])]
    return words, incident["subject"] if "subject" in shown.about else ""


def table(
    shown: Shown, rows: list[dict[str, str]], names: dict[str, str], planted: set[str]
) -> Iterator[tuple[str, bool]]:
    """The answer as aligned lines, each with whether it is about one of PLANTED; rows beyond the limit are counted."""
    key, largest_first = shown.order.removeprefix("-"), shown.order.startswith("-")
    rows = sorted(rows, key=lambda row: (_sortable(row[key]), *row.values()), reverse=largest_first)
    # What was planted is never among the rows that are only counted.
    kept = [row for place, row in enumerate(rows) if place < shown.rows or row.get("actor_person") in planted]
    cells = [[heading for _, heading in shown.columns]]
    cells += [[_cell(column, row[column] or "", names) for column, _ in shown.columns] for row in kept]
    widths = [max(len(line[place]) for line in cells) for place in range(len(shown.columns))]
    for line, row in zip(cells, [{}, *kept], strict=True):
        yield (
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip(),
            row.get("actor_person") in planted,
        )
    if len(rows) > len(kept):
        yield f"… och {_number(len(rows) - len(kept))} rader till", False


def _sortable(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdigit() else (0, text)


def _cell(column: str, text: str, names: dict[str, str]) -> str:
    if column.endswith("_utc") and text:
        time_ = datetime.fromisoformat(text)
        local = (time_ if time_.tzinfo else time_.replace(tzinfo=UTC)).astimezone(_ZONE)
        return f"{('mån', 'tis', 'ons', 'tor', 'fre', 'lör', 'sön')[local.weekday()]} {local:%H.%M}"
    if column == "action":
        return _WORDS.get(text, text)
    if column == "target_account":
        return text.removeprefix("CN=").split(",")[0]
    return names.get(text, text)


def _names(out: Path) -> dict[str, str]:
    """Persons and units by their ids; national services know a unit by an id with the municipality's before it."""
    found: dict[str, str] = {}
    for name, column in (("people", "person"), ("units", "unit")):
        with (out / "people" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found |= {row[column]: row["name"] for row in csv.DictReader(file)}
    return found | {f"{HSA}-{unit}": name for unit, name in found.items()}


def _run(cli: click.Group, words: list[str], given: str = "") -> None:
    """Run a command of sparhund as if it had been typed.

    Errors:  SparhundError if it could not do its work.
    """
    stdin = sys.stdin
    sys.stdin = io.StringIO(given)
    try:
        code = cli.main(words, prog_name="sparhund", standalone_mode=False)
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdin = stdin
    if code not in (None, 0, _REJECTS):
        raise SparhundError(f"demo: the command {words[0]} ended with {code}")


def _next(town: Simulated, config: str) -> None:
    hijacked = next(told for told in town.incidents if told["id"] == "kapat-konto")["who"][0]
    click.echo(click.style("Prova sedan:", bold=True))
    click.echo(
        "   sparhund ask what_did_person_do"
        f" --person {hijacked['person']} --purpose {_quoted(_PURPOSE)} --config {config}"
    )
    click.echo(f"   sparhund ask coverage_by_asset --config {config}")
    click.echo(f"   sparhund detect --config {config}      (sedan: sparhund ask review, sparhund explain FYND)")
    click.echo("   sparhund questions")


def _serve(town: Simulated, config: str) -> None:
    """Serve the pages, while another process judges the week: the answers above need no judging."""
    from analytics.installation import installation  # noqa: PLC0415 - help needs no lake
    from dashboards.server import running  # noqa: PLC0415

    subject = next(told for told in town.incidents if told["subject"])["subject"]
    hijacked = next(told for told in town.incidents if told["id"] == "kapat-konto")["who"][0]
    command = [sys.executable, "-m", "dashboards.cli", "detect", "--config", config]
    with (Path(config).parent / "detect.log").open("w") as log:
        judging = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - ourselves
    try:
        running.serve(installation(None, config), None, _Told(subject, hijacked))
    finally:
        judging.terminate()
        judging.wait()


@dataclass(slots=True)
class _Told:
    """Says where the pages are, and what there is to try."""

    subject: str
    hijacked: dict[str, Any]
    link: str = ""

    def __call__(self, line: str) -> None:
        if "code=" not in line:
            return
        click.echo(click.style("Sidorna är igång. Logga in här, en gång, inom tio minuter:", bold=True))
        click.echo(f"   {line}\n")
        click.echo(click.style("Tre saker att prova:", bold=True))
        click.echo(
            f"   1. Skriv {self.subject} i sökrutan: vem har läst den personens journal, och vad gjorde läsaren mer?"
        )
        click.echo(
            f"   2. Sök {self.hijacked['name']} och se natten mellan den 4 och den 5 mars: vad togs ut, och varifrån?"
        )
        click.echo("   3. Öppna Fynd (bedömningen är klar om en halv minut): avgör det som står överst.")
        click.echo("\nAvsluta med Ctrl-C.")


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False) if " " in word else word


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s".replace(".", ",")
