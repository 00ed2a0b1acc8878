from itertools import groupby

import click

from analytics.question import area
from analytics.question import questions as all_questions
from dashboards.cli import options
from schemas.terms import term


@click.command()
@options.language
def questions(language: str) -> None:
    """List the questions that can be asked, by area."""
    files = sorted(all_questions().values(), key=lambda file: (area(file), file.name))
    widest = max(len(file.name) for file in files)
    for name, group in groupby(files, key=area):
        click.echo(click.style(term(f"area.{name}", language), bold=True))
        for file in group:
            text = file.said("sv" if language == "sv" else "asks")
            click.echo(f"  {file.name.ljust(widest)}  {text}")
