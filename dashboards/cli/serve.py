from pathlib import Path

import click

from dashboards.cli import options


@click.command()
@options.lake
@options.config
@click.option("--listen", metavar="ADDRESS", help="Where to answer, in the place of the settings: 127.0.0.1:8600")
@click.option("--link/--no-link", default=True, help="Print a link to sign in; not where what is printed is kept.")
def serve(lake: Path | None, config: Path | None, listen: str | None, *, link: bool) -> None:
    """Serve the pages and the HTTP API over the lake, until it is stopped.

    A link is printed by which you sign in, once, within ten minutes; `sparhund link` makes another. Programs use
    tokens: `sparhund token add`. To be reached from other machines it needs a certificate in the settings' [serve].
    """
    from analytics.installation import installation  # noqa: PLC0415 - help needs no lake
    from dashboards.server import running  # noqa: PLC0415

    running.serve(installation(lake, config), listen, click.echo, with_link=link)
