"""`sparhund ask QUESTION`: each question is a command, made from its header."""

import json
import re
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click

from analytics import closed
from analytics.question import questions
from dashboards import cells
from dashboards.cli import options, show
from ingest.identity import looks_like_number
from schemas.errors import QuestionError
from schemas.sqlfile import Param, SqlFile
from schemas.terms import term

_CLICK = {"INTEGER": click.INT, "BIGINT": click.INT, "DOUBLE": click.FLOAT, "BOOLEAN": click.BOOL}
_TYPES = (
    "A TIME is 2026-03-01T08:00:00+01:00, or 2026-03-01 for that day in Sweden (--stop: until the day is over). "
    "A TEXT that is `-` is read from standard input: so is a personal number given."
)
_HEADER = ("counts", "order", "limits", "returns")


class _Questions(click.Group):
    """The questions, as commands that are made when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(questions())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        return _command(questions()[cmd_name]) if cmd_name in questions() else None


@click.command(
    cls=_Questions,
    subcommand_metavar="QUESTION [--PARAM VALUE]…",
    no_args_is_help=True,
)
def ask() -> None:
    """Put a question to the lake; `sparhund ask QUESTION --help` says what it takes and what its answer means.

    The question, who asks and why are recorded before the answer is shown. Every answer says what it rests on.
    """


def _command(file: SqlFile) -> click.Command:
    params: list[click.Parameter] = [_option(param) for param in file.params]

    def run(**given: Any) -> None:
        _ask(file, shape=given.pop("format"), **given)  # `kind` is a parameter of a question

    run.__doc__ = _help(file)
    command = click.command(file.name, help=_help(file), short_help=file.said("sv"))(run)
    command.params = params
    for option in (
        click.option("--purpose", help="Why you ask; must be given when the question is about a person."),
        click.option(
            "--format",
            type=click.Choice(show.FORMATS),
            default="table",
            show_default=True,
            help="Times in json, csv and parquet are UTC.",
        ),
        options.lake,
        options.config,
        options.language,
    ):
        option(command)
    return command


def _option(param: Param) -> click.Option:
    several = param.type == "TEXT[]"
    words = [f"{param.note}." if closed.words(param) else param.note] if param.note else []
    if several:
        words.append("May be given several times.")
    if closed.words(param):
        words.append(f"One of {', '.join(closed.words(param))}.")
    if param.default is not None:
        words.append(f"Default: {param.default}.")
    kind = {"TIMESTAMPTZ": "TIME", "DATE": "DATE", "TEXT": "TEXT", "TEXT[]": "TEXT", "JSON": "JSON"}.get(param.type)
    return click.Option(
        list(dict.fromkeys([f"--{param.name}", f"--{param.name.replace('_', '-')}"])),
        type=_CLICK.get(param.type, click.STRING),
        metavar=kind,
        multiple=several,
        help=" ".join(words),
        required=param.required,
    )


def _help(file: SqlFile) -> str:
    """The header as help text: the question in both languages, then what the answer counts and what limits it."""
    sections = [file.header["sv"], file.header["asks"]]
    sections += [f"{key.capitalize()}: {file.header[key]}" for key in _HEADER]
    sections.append(_TYPES)
    return "\n\n".join(text.replace("\n", " ") for text in sections)


def _ask(
    file: SqlFile,
    *,
    purpose: str | None,
    shape: str,
    lake: Path | None,
    config: Path | None,
    language: str,
    **given: Any,
) -> None:
    from analytics.answer import answer  # noqa: PLC0415 - help needs no lake
    from analytics.installation import installation  # noqa: PLC0415

    home = installation(lake, config)
    params = {name: _typed(home, file, name, value) for name, value in given.items() if value not in {None, ()}}
    found = answer(home, file, params, purpose=purpose)
    said = found.statement.lines(language)
    if shape == "json":
        document = {
            "question": file.name,
            "rows": [cells.plain(row) for row in found.rows.to_pylist()],
            "statement": said,
            "sources": [
                {
                    name: cells.plain(value)
                    for name, value in asdict(state).items()
                    if name not in {"silences", "first_utc"}
                }
                for state in found.statement.sources
            ],
            "complete": not found.statement.faults,
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    if shape == "table":
        click.echo(click.style(file.said("sv" if language == "sv" else "asks"), bold=True) + "\n")
    if len(found.rows) or shape != "table":
        show.write(found.rows, shape, language, asked=file.name)
    # The statement stands under a table; a file holds rows alone, and the statement goes where it is read by whoever
    # made the file.
    if shape == "table":
        click.echo(f"\n{len(found.rows)} {term('answer.row' if len(found.rows) == 1 else 'answer.rows', language)}\n")
    for line in said:
        click.echo(line, err=shape != "table")


def _typed(home: Any, file: SqlFile, name: str, value: Any) -> Any:
    """What was given; `-` is read from standard input, and a personal number there becomes a token."""
    if isinstance(value, tuple):
        typed = [_token(home, name, text) for text in _lines(file, name)] if "-" in value else []
        return [item for item in value if item != "-"] + typed
    if value != "-":
        return value
    return _token(home, name, _lines(file, name, 1)[0])


def _lines(file: SqlFile, name: str, most: int | None = None) -> list[str]:
    """What is typed on standard input, a value a line. Errors: QuestionError if nothing is."""
    texts = [text for line in islice(sys.stdin, most) if (text := line.strip())]
    if not texts:
        raise QuestionError(file.name, name, "nothing came on standard input")
    return texts


def _token(home: Any, name: str, text: str) -> Any:
    if re.fullmatch(r"(\d\d)?\d{6}[-+ ]?\d{4}", text) and not looks_like_number(text):
        said = "has the length of a personal number, but its date or check digit is wrong; looked for as another id"
        click.echo(f"sparhund: {name}: {said}", err=True)
    return home.token(text)
