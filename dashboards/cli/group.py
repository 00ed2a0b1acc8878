import importlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import Any

import click
from click.exceptions import Exit, NoArgsIsHelpError, NoSuchCommand

_ENDED_BY = 128  # and the signal's number: as a shell tells that a signal has ended a program


class Commands(click.Group):
    """The commands, a file of `dashboards.cli` each, which is loaded when its command is called.

    What goes wrong on the way is told here, for all of them: an error names the place and the reason, never what was
    typed, since that may be personal data.
    """

    def __init__(self, *, table: Mapping[str, str], **given: Any) -> None:
        """TABLE: a command's name, and its line in the list."""
        super().__init__(**given)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command, with its file."""
        if cmd_name not in self.table:
            return None
        command = getattr(importlib.import_module(f"dashboards.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does."""
        with _told():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does."""
        with _told():
            return super().invoke(ctx)


@contextmanager
def _told() -> Iterator[None]:
    """What click raises, in words without a value. Who reads no more of what is printed has had enough: no error."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        print_nowhere()
        raise Exit(_ENDED_BY + signal.SIGPIPE) from None
    except KeyboardInterrupt:
        raise Exit(_ENDED_BY + signal.SIGINT) from None
    except click.UsageError as error:
        raise _without_value(error) from None


def print_nowhere() -> None:
    """What is still to be written to a closed pipe, as Python ends, would be an error again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            os.dup2(nowhere, stream.fileno())


def _without_value(error: click.UsageError) -> click.UsageError:
    """ERROR, if it can't hold what was typed; else another that says the same without it."""
    wanted = error.cmd.subcommand_metavar.split()[0].lower() if isinstance(error.cmd, click.Group) else ""
    match error:
        case click.BadOptionUsage() | NoArgsIsHelpError():
            return error  # they name the option
        case click.MissingParameter(param=click.Parameter() as param):
            said = f"{_name(param)}: is missing"
        case click.BadParameter(param=click.Parameter() as param):
            said = f"{_name(param)}: {_reason(param.type, error.message)}"
        case click.NoSuchOption(possibilities=[first, *more]):
            said = f"there is no such option; did you mean {' or '.join([first, *more])}?"
        case click.NoSuchOption():
            said = f"there is no such option before the {wanted}" if wanted else "there is no such option"
        case NoSuchCommand(ctx=click.Context(command=click.Group() as group) as ctx):
            near = get_close_matches(error.command_name, group.list_commands(ctx))
            said = f"there is no {wanted} of that name" + (f"; did you mean {' or '.join(near)}?" if near else "")
        case _ if wanted:
            said = f"which {wanted}?"
        case _:
            said = "there is an argument too many"
    return click.UsageError(said, error.ctx)


def _name(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _reason(kind: click.ParamType[Any], said: str) -> str:
    """Why a value isn't of KIND; of files, what click SAID after their name."""
    match kind:
        case click.Choice():
            return f"want one of {', '.join(kind.choices)}"
        case click.Path() | click.File():
            return said[max(said.rfind("'"), said.rfind('"')) + 1 :].strip(" :.")
        case click.IntRange() if kind.max is None:
            return f"want a whole number, at least {kind.min}"
        case click.DateTime():
            return "want a date: 2026-03-01"
        case _:
            return f"want {_KINDS.get(kind.name, kind.name)}"


_KINDS = {"integer": "a whole number", "float": "a number", "boolean": "true or false"}
