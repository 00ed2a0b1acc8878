import click

from schemas.errors import SqlFileError


@click.command()
@click.option(
    "--kind", type=click.Choice(["mapping", "question", "detection", "explanation"]), help="Only files of this kind."
)
@click.argument("name", required=False)
def check(kind: str | None, name: str | None) -> None:
    """Run the cases of all SQL files, or of NAME.

    Exit 0: all hold. 1: a case failed. 2: nothing to check.
    """
    from dashboards.check import KINDS, failures  # noqa: PLC0415 - loads every mapping

    total = sum(
        len(file.cases)
        for each, (files, _) in KINDS.items()
        if kind in {None, each}
        for file in files().values()
        if name in {None, file.name}
    )
    if not total:
        raise SqlFileError("check", "NAME", "there are no cases of that kind and name")
    failed = 0
    for file, case, difference in failures(kind, name):
        failed += 1
        click.echo(f"{file.name}: {case.title}\n{difference}")
    click.echo(f"{total} cases, {failed} failed")
    raise SystemExit(1 if failed else 0)
