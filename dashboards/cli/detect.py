import time
from datetime import datetime
from pathlib import Path

import click
import pyarrow.compute as pc

from analytics.detect.run import Ran
from analytics.detect.run import detect as judge
from analytics.installation import Installation, installation
from dashboards.cli import options, show
from dashboards.cli.progress import progress
from schemas.errors import QuestionError
from schemas.terms import term

EVERY_S = 5.0  # with --follow: how often it is looked whether something new came
SHOWN = (
    "risk",
    "severity",
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
def detect(lake: Path | None, config: Path | None, language: str, since: str | None, follow: bool, most: int) -> None:
    """Judge what came into the lake since the last run: explained, suspicious or unexplained.

    Duty explains most accesses (rota, assignment, contact …). What detections raise becomes a finding, and the same
    cause is the same finding, which grows. `sparhund explain FINDING` tells one, `sparhund decide FINDING` settles it,
    and `sparhund ask review` says which to look at first.
    """
    home = installation(lake, config)
    began = _instant(since)
    while True:
        ran = _judged(home, began)
        began = None
        if ran is not None:
            _tell(ran, language, most)
        elif not follow:
            click.echo(term("answer.nothing_new", language), err=True)
        if not follow:
            return
        time.sleep(EVERY_S)


def _judged(home: Installation, since: datetime | None) -> Ran | None:
    with progress("Judging", 1, "step") as advance:
        done = 0.0

        def step(at: int, of: int) -> None:
            nonlocal done
            advance(at / of - done)
            done = at / of

        return judge(home, since=since, progress=step)


def _tell(ran: Ran, language: str, most: int) -> None:
    share = f"{100 * ran.explained / ran.accesses:.1f} %" if ran.accesses else "-"
    click.echo(
        term("answer.ran", language).format(
            run=ran.run, events=ran.events, accesses=ran.accesses, share=share, findings=len(ran.findings)
        )
    )
    for name, reason in sorted(ran.rested.items()):
        click.echo(f"{term('answer.rested', language)}: {name}: {reason}", err=True)
    rows = ran.findings.filter(pc.equal(ran.findings["state"], "found")).sort_by(
        [("risk", "descending"), ("finding", "ascending")]
    )
    for line in show.table(rows.slice(0, most).select(list(SHOWN)), language):
        click.echo(line)


def _instant(text: str | None) -> datetime | None:
    from analytics.question import typed  # noqa: PLC0415 - help needs no questions
    from schemas.sqlfile import Param  # noqa: PLC0415

    if text is None:
        return None
    found = typed("detect", Param("since", "TIMESTAMPTZ", "", None, required=False), text)
    if not isinstance(found, datetime):
        raise QuestionError("detect", "since", "want a time")
    return found
