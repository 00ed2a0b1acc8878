import json
from datetime import UTC, datetime
from pathlib import Path

import click

from dashboards import cells
from dashboards.cli import options, show
from schemas.errors import LakeError

_SAID = {
    "sv": {
        "holds": "Balansen håller: varje läst post blev händelser, en otolkad post eller en upprepad.",
        "none": "Ingen källa: det finns inga poster än.",
        "works": "{0}: arbetar",
        "ill": "{0}: kan inte arbeta: {1}",
        "gone": "{0}: svarar inte; vad som avvisats, förlorats eller väntar där är okänt",
    },
    "en": {
        "holds": "The balance holds: each record read became events, a reject or a repeat.",
        "none": "No source: there are no records yet.",
        "works": "{0}: works",
        "ill": "{0}: can't do its work: {1}",
        "gone": "{0}: does not answer; what was refused, lost or waits there is unknown",
    },
}


@click.command()
@options.where
@click.option("--format", "kind", type=click.Choice(("table", "json")), default="table", show_default=True)
def status(lake: Path | None, config: Path | None, language: str, kind: str) -> None:
    """Show how each source stands: records read = with events + rejects + repeats, last position, gaps, silence.

    And what waits in the spool, and what is wrong with the tables of staff, rota and assignments. Commands that the
    settings give an address in [operations] are asked how they stand.
    Exit 0: the balance holds. 2: it doesn't, for the sources that are named, or the lake can't be read.
    """
    from analytics import status as lake_status  # noqa: PLC0415 - help needs no lake
    from analytics.context_faults import context_faults  # noqa: PLC0415
    from analytics.installation import installation  # noqa: PLC0415
    from dashboards import standing  # noqa: PLC0415

    home = installation(lake, config)
    now = datetime.now(UTC)
    rows = standing.with_waiting(lake_status.status(home, now), home, now)
    running = standing.processes(home.settings.operations)
    tables = {
        "sources": rows,
        "context_faults": context_faults(home),
        "collectors": standing.collectors(running),
        "topics": standing.topics(running),
    }
    broken = list(lake_status.faults(rows))
    if kind == "json":
        document = {
            "balance": not broken,
            **{name: [cells.plain(row) for row in table.to_pylist()] for name, table in tables.items()},
            "processes": [
                {"command": each.command, "answers": each.answers, "not_ready": list(each.reasons)} for each in running
            ],
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for name, table in tables.items():
            if len(table) or table is rows:
                for line in show.table(table, language, name):
                    click.echo(line)
                click.echo()
        for each in running:
            said = "gone" if not each.answers else "ill" if each.reasons else "works"
            click.echo(_SAID[language][said].format(each.command, ", ".join(each.reasons)))
    if broken:
        raise LakeError(
            f"the balance does not hold for {', '.join(broken)}: records read are not events + rejects + repeats"
        )
    if kind == "table":
        click.echo(_SAID[language]["holds" if len(rows) else "none"])
