"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from schemas.terms import LANGUAGES

lake = click.option(
    "--lake",
    type=click.Path(path_type=Path, file_okay=False),
    help="The lake's folder; by default the one that the settings name.",
)
config = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The settings file."
)
language = click.option(
    "--language", type=click.Choice(LANGUAGES), default="sv", show_default=True, help="Of headings and sentences."
)
operations = click.option(
    "--operations",
    metavar="ADDRESS",
    help="Where to answer with /metrics, /healthz and /readyz, such as 127.0.0.1:9464; in the place of the settings'.",
)


def where(command: Callable[..., Any]) -> Callable[..., Any]:
    """--lake, --config and --language."""
    return lake(config(language(command)))
