"""The command line: a file per command, one table of them."""

import sys

import click

from dashboards.cli.ask import ask
from dashboards.cli.check import check
from dashboards.cli.collect import collect
from dashboards.cli.compact import compact
from dashboards.cli.demo import demo
from dashboards.cli.ingest import ingest
from dashboards.cli.normalise import normalise
from dashboards.cli.questions import questions
from dashboards.cli.rederive import rederive
from dashboards.cli.rejects import rejects
from dashboards.cli.simulate import simulate
from dashboards.cli.sources_ import sources
from dashboards.cli.status import status
from schemas.errors import SparhundError

COMMANDS: tuple[click.Command, ...] = (
    demo,
    simulate,
    ingest,
    collect,
    normalise,
    ask,
    questions,
    sources,
    status,
    rejects,
    rederive,
    compact,
    check,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="sparhund")
def cli() -> None:
    """Sparhund: who took part of which information, which changes were made, and by whom."""


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run a command. Exit 0: fine. 1: rejects, or a failing case. 2: could not do it; standard error says why."""
    try:
        cli()
    except SparhundError as error:
        click.echo(f"sparhund: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"sparhund: {place}{error.strerror or type(error).__name__}", err=True)
        sys.exit(2)
