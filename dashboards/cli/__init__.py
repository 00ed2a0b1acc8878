"""The command line: a file per command, one table of them."""

import sys

import click

from dashboards.cli.group import Commands, print_nowhere
from schemas.errors import SparhundError

COMMANDS = {
    "demo": "A made-up week of logs, read in and asked.",
    "simulate": "Write a made-up municipality's raw logs.",
    "ingest": "Read log files into the lake, each record once.",
    "collect": "Receive records, and ask systems for theirs, for ingest.",
    "forward": "Send to Kafka what collectors took, and files of this host.",
    "normalise": "Turn records into events, without a lake.",
    "ask": "Put a question to the lake.",
    "detect": "Judge what came: explained, suspicious or unexplained.",
    "explain": "Tell one event or finding, and why it is or is not explained.",
    "decide": "Settle a finding.",
    "questions": "List the questions that can be asked, by area.",
    "sources": "List the sources.",
    "status": "Show how each source stands.",
    "rejects": "List the records that could not be read.",
    "rederive": "Compute events again from the original records.",
    "compact": "Sort the records of closed days.",
    "intelligence": "Keep indicators of threats, and find events that hold one.",
    "relations": "Make pairs of staff and residents from the resident register.",
    "sigma": "Add, list and remove Sigma rules.",
    "risk": "Print how unusual each account's hours or days are.",
    "serve": "Serve the pages and the HTTP API.",
    "link": "Make a link to sign in to the pages.",
    "token": "Add, list and revoke the tokens of programs.",
    "check": "Run the cases of the SQL files.",
    "torture": "Kill, cut, fill and stall everything, and count each record.",
}


@click.group(
    cls=Commands, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120}
)
@click.version_option(package_name="sparhund")
def cli() -> None:
    """Sparhund: who took part of which information, which changes were made, and by whom."""


def main() -> None:
    """Run a command. Exit 0: fine. 1: rejects, or a failing case. 2: could not do it; standard error says why.

    130 and 141: stopped at the keyboard, or by whoever read what was printed.
    """
    try:
        cli()
    except SparhundError as error:
        click.echo(f"sparhund: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"sparhund: {place}{error.strerror or type(error).__name__}", err=True)
        print_nowhere()  # if it is standard output that is full, it still is when Python ends
        sys.exit(2)
