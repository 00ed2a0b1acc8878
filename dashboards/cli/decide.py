from pathlib import Path

import click

from dashboards.cli import options
from schemas.errors import QuestionError
from schemas.finding import VERDICTS
from schemas.reasons import told
from schemas.terms import term


@click.command()
@options.where
@click.option("--verdict", type=click.Choice(list(VERDICTS)), required=True, help="What the access was.")
@click.option("--reason", required=True, help="Why, in words; without names of persons concerned.")
@click.argument("finding")
def decide(lake: Path | None, config: Path | None, language: str, verdict: str, reason: str, finding: str) -> None:
    """Settle FINDING: a person decides, never the rule.

    The decision is recorded with who made it, and moves the rank of findings like it. A later one takes its place; none
    is removed.
    """
    from analytics.detect.decide import decide as settled  # noqa: PLC0415 - help needs no lake
    from analytics.installation import installation  # noqa: PLC0415

    try:
        settled(installation(lake, config), finding, verdict, reason)
    except QuestionError as error:
        raise QuestionError(error.place, error.field, told(error.reason, language)) from None
    click.echo(f"{finding}: {term(f'verdict.{verdict}', language)}")
