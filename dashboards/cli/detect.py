import signal
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pyarrow.compute as pc

from analytics.detect.findings import standing
from analytics.detect.run import Ran
from analytics.detect.run import detect as judge
from analytics.installation import Installation, installation
from analytics.opened import Opened
from dashboards import cells
from dashboards.cli import options, show
from dashboards.cli.progress import progress
from dashboards.judged import Judged
from ingest.lake import FencedError, Lake
from ingest.operations import logs
from ingest.operations.operations import Operations, asked_to_end, running
from schemas.errors import MovedError, QuestionError, SettingsError
from schemas.terms import term

EVERY_S = 5.0  # with --follow: how often it is looked whether something new came
SHOWN = (
    "risk",
    "severity",
    "handling",
    "detection",
    "actor_account",
    "actor_unit",
    "system",
    "k",
    "events",
    "explained",
    "last",
    "finding",
)
MOST = 20


@click.command()
@options.lake
@options.config
@options.language
@click.option(
    "--since", metavar="TIME", help="Judge what took place from then on again: 2026-03-01, or with time and zone."
)
@click.option("--follow", is_flag=True, help="Go on as records come, until stopped.")
@click.option("--most", type=click.IntRange(0), default=MOST, show_default=True, help="Show so many findings at most.")
@options.operations
def detect(
    lake: Path | None,
    config: Path | None,
    language: str,
    since: str | None,
    follow: bool,
    most: int,
    operations: str | None,
) -> None:
    """Judge what came into the lake since the last run: explained, suspicious or unexplained.

    Duty explains most accesses (rota, assignment, contact …). What detections raise becomes a finding, and the same
    cause is the same finding, which grows. `sparhund explain FINDING` tells one, `sparhund decide FINDING` settles it,
    and `sparhund ask review` says which to look at first.
    """
    home = installation(lake, config)
    began = _instant(since)
    if not follow:
        ran = _judged(home, began)
        if ran is None:
            click.echo(term("answer.nothing_new", language), err=True)
        else:
            _tell(home, ran, language, most)
        return
    # Half a million rows of shifts and visits are read again only when a file of them has changed.
    kept = Opened(home.settings, home.root)
    with running("detect", home.settings.operations, operations) as watched, closing(kept):
        _follow(kept, began, watched, lambda ran: _tell(kept, ran, language, most))


def _follow(home: Installation, since: datetime | None, watched: Operations, tell: Callable[[Ran], None]) -> None:
    """A run whenever something came, until a signal asks to end; what was begun is brought to its end.

    What will pass (a table in fault, another run, a compaction) is told once, and tried again at the next turn.
    """
    ended = threading.Event()

    def ending() -> None:
        watched.ending()
        ended.set()

    told = asked_to_end(ending)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda which, _: told(which))
    judged = Judged(Lake.open(home.root))
    watched.add(judged)
    watched.begun()
    stood = ""
    while not ended.is_set():
        fault = ""
        try:
            ran = _judged(home, since, watched.beat)
            since = None
            if ran is not None:
                judged.went(ran.context_faults)
                tell(ran)
        except (SettingsError, FencedError, MovedError) as error:
            # A table that is in fault at the moment, another run, or a compaction: what came waits, and isn't judged as
            # if the table were missing.
            fault = str(error)
        judged.stands(fault)
        if fault and fault != stood:
            logs.log.warning("nothing is judged for now: %s", fault)
        elif stood and not fault:
            logs.log.info("judges again")
        stood = fault
        watched.beat()
        ended.wait(EVERY_S)


def _judged(home: Installation, since: datetime | None, beat: Callable[[], None] = lambda: None) -> Ran | None:
    with progress("Judging", 1, "step") as advance:
        done = 0.0

        def step(at: int, of: int) -> None:
            nonlocal done
            beat()
            advance(at / of - done)
            done = at / of

        return judge(home, since=since, progress=step)


def _tell(home: Installation, ran: Ran, language: str, most: int) -> None:
    share = f"{100 * ran.explained / ran.accesses:.1f} %" if ran.accesses else "-"
    click.echo(
        term("answer.ran", language).format(
            run=ran.run, events=ran.events, accesses=ran.accesses, share=share, findings=len(ran.findings)
        )
    )
    for name, reason in sorted(ran.rested.items()):
        click.echo(f"{term('answer.rested', language)}: {name}: {term(f'rests.{reason}', language)}", err=True)
    for fault in ran.context_faults.to_pylist():
        click.echo(f"{term('answer.context_fault', language)}: {_said(fault, language)}", err=True)
    listed = standing(Lake.open(home.root), "findings", {})
    mine = pc.is_in(listed["finding"], ran.findings["finding"].combine_chunks())
    rows = listed.filter(pc.and_(mine, pc.equal(listed["state"], "found"))).sort_by(
        [("risk", "descending"), ("finding", "ascending")]
    )
    for line in show.table(rows.slice(0, most).select(list(SHOWN)), language):
        click.echo(line)


def _said(fault: dict[str, Any], language: str) -> str:
    """A row of the question context_faults in one line."""
    place = " ".join(fault[name] for name in ("relation", "field") if fault[name])
    rows = f"{fault['number']} ({', '.join(fault['first_rows'])})" if fault["number"] else None
    said = (cells.cell(name, fault[name], language, "context_faults") for name in ("state", "reason"))
    return ": ".join(part for part in (place, *said, rows) if part)


def _instant(text: str | None) -> datetime | None:
    from analytics.question import typed  # noqa: PLC0415 - help needs no questions
    from schemas.sqlfile import Param  # noqa: PLC0415

    if text is None:
        return None
    found = typed("detect", Param("since", "TIMESTAMPTZ", "", None, required=False), text)
    if not isinstance(found, datetime):
        raise QuestionError("detect", "since", "want a time")
    return found
