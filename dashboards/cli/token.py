from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pyarrow as pa

from dashboards.cli import options, show

_SCOPES = ("statistics", "read")  # dashboards.auth.store.SCOPES; a test holds them together


@click.group()
def token() -> None:
    """Add, list and revoke the tokens by which programs use the HTTP API."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(_SCOPES),
    default="statistics",
    show_default=True,
    help="statistics: what names nobody. read: also who did what, and about whom.",
)
@click.option("--days", type=int, default=90, show_default=True, help="How long it holds.")
@click.option("--purpose", help="Why it shows persons; it stands in the log of what it asks. Needed with read.")
@options.lake
@options.config
def add(name: str, scope: str, days: int, purpose: str | None, lake: Path | None, config: Path | None) -> None:
    """Make the token NAME, and print it: it is shown this once, and only its hash is kept."""
    from dashboards.auth import tokens  # noqa: PLC0415 - help needs no lake

    click.echo(tokens.add(_home(lake, config), name, scope, days, purpose))


@token.command(name="list")
@options.where
def listed(lake: Path | None, config: Path | None, language: str) -> None:
    """List the tokens, without their secrets."""
    from dashboards.auth.store import Store  # noqa: PLC0415 - as above

    found = Store(_home(lake, config).root).tokens()
    now = datetime.now(UTC)
    rows = [
        {
            "name": each.name,
            "scope": each.scope,
            "made_by": each.made_by,
            "made": each.made,
            "expires": each.expires,
            "revoked": each.revoked,
            "in_force": each.revoked is None and each.expires > now,
        }
        for each in found
    ]
    for line in show.table(pa.Table.from_pylist(rows), language):
        click.echo(line)
    if not rows:
        click.echo("Inga token." if language == "sv" else "No tokens.")


@token.command()
@click.argument("name")
@options.lake
@options.config
def revoke(name: str, lake: Path | None, config: Path | None) -> None:
    """Revoke the token NAME: from now on it is worth nothing."""
    from dashboards.auth import tokens  # noqa: PLC0415 - as above

    tokens.revoke(_home(lake, config), name)
    click.echo(f"{name}: återkallad")


def _home(lake: Path | None, config: Path | None) -> Any:
    from analytics.installation import installation  # noqa: PLC0415 - as above

    home = installation(lake, config)
    home.relation("normalised")  # without a lake there is nothing to see
    return home
