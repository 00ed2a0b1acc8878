"""What all commands have in common: they are loaded when they are called, and say what is wrong without the value."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dashboards.cli import COMMANDS, cli
from schemas.errors import SparhundError

VALUE = "19121212-1212"  # a published test number: what was typed in the wrong place
PROGRAM = [sys.executable, "-c", "from dashboards.cli import main; main()"]


def run(*words):
    return CliRunner().invoke(cli, words)


@pytest.fixture
def lake(home):
    return str(home("kind\n").root)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_helps(name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: cli {name} ")
    assert f"  {name} " in run("--help").stdout
    assert COMMANDS[name] in run("--help").stdout


def test_the_list_of_commands_loads_none_of_them():
    code = (
        "import sys; from click.testing import CliRunner; from dashboards.cli import cli; "
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0; "
        "sys.exit(bool({'duckdb', 'pyarrow', 'dashboards.cli.ask'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((VALUE,), "there is no command of that name"),
        ((f"--{VALUE}",), "there is no such option before the command"),
        (("askk",), "there is no command of that name; did you mean ask?"),
        (("--",), "which command?"),
        (("ask", VALUE), "there is no question of that name"),
        (("ask", "who_accessed"), "did you mean who_accessed_object or who_accessed_subject or who_else?"),
        (("ask", "--lake", VALUE), "there is no such option before the question"),
        (("ask", "silent_sources", VALUE), "there is an argument too many"),
        (("ask", "silent_sources", f"--{VALUE}"), "there is no such option"),
        (("ask", "silent_sources", f"--lakee={VALUE}"), "there is no such option; did you mean --lake?"),
        (("ask", "silent_sources", "--format", VALUE), "--format: want one of table, json, csv, parquet"),
        (("ask", "who_accessed_object"), "--object_id: is missing"),
        (("ask", "who_accessed_object", "--object_id"), "Option '--object_id' requires an argument."),
        (("ask", "who_had_address", "--within_h", VALUE), "--within_h: want a whole number"),
        (
            ("ask", "who_accessed_object", "--object_id", "a\udcff", "--lake", "x"),
            "object_id: holds bytes that are no text",
        ),
        (("ask", "silent_sources", "--purpose", "a\udcff", "--lake", "x"), "purpose: holds bytes that are no text"),
        (("ask", "access_outside_hours", "--level", "-1", "--lake", "x"), "level: want a number from 0 to 3"),
        (("ask", "access_outside_hours", "--level", "2147483648", "--lake", "x"), "level: want a number from 0 to"),
        (("status", VALUE), "there is an argument too many"),
        (("status", "--config", VALUE), "--config: does not exist"),
        (("status", "--language", VALUE), "--language: want one of sv, en"),
        (("normalise", "--source", "cef", VALUE), "FILE: No such file or directory"),
        (("normalise", "--source", "cef", "--key", VALUE), "--key: does not exist"),
        (("normalise", "--source", VALUE), "normalise: --source: there is no mapping of that name"),
        (("normalise", "--source", "cef", "--set", VALUE), "normalise: --set: want KEY=VALUE"),
        (("normalise", "--source", "cef", "--set", f"{VALUE}=1"), "normalise: --set: unknown KEY; there are"),
        (("normalise", "--source", "cef", "--set", f"zone={VALUE}"), "sources.cef: zone: want a zone"),
        (("normalise", "--source", "cef", "--set", f"reference=kl {VALUE}"), "normalise: --set reference: not a time"),
        (("check", VALUE), "check: NAME: there are no cases of that kind and name"),
        (("check", "--kind", VALUE), "--kind: want one of mapping, question"),
        (("demo", "--people", VALUE), "--people: want a whole number, at least 100"),
        (("simulate", "--out", "x", "--start", VALUE), "--start: want a date: 2026-03-01"),
        (("rederive", "--lake", "x"), "--dry-run: is missing"),
        (("rederive", "--lake", "x", "--dry-run", "--from", VALUE), "--from: want a date: 2026-03-01"),
    ],
)
def test_what_was_typed_wrong_is_named_and_not_repeated(words, said):
    result = run(*words)
    told = result.output + str(result.exception or "")
    assert said in told
    assert VALUE not in told
    assert result.exit_code == 2 or isinstance(result.exception, SparhundError)  # main() makes it exit 2


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_repeats_an_option_or_argument_that_it_does_not_take(name):
    for words in ([f"--{VALUE}"], [VALUE] * 3, *([option, VALUE] for option in _options_with_types(name))):
        result = run(name, *words)
        assert VALUE not in result.output + str(result.exception or "")
        assert result.exit_code == 2 or isinstance(result.exception, SparhundError)


def _options_with_types(name):
    command = cli.get_command(click.Context(cli), name)
    return [param.opts[0] for param in command.params if isinstance(param.type, click.Choice | click.IntRange)]


def test_an_empty_lake_says_that_it_is(lake):
    assert run("sources", "--lake", lake).stdout == "Ingen källa.\n"
    assert run("rejects", "--lake", lake, "--language", "en").stdout == "No rejects.\n"


def test_what_is_no_lake_is_not_made_one_by_a_question(tmp_path):
    result = run("ask", "silent_sources", "--lake", str(tmp_path / "lake"))
    assert "there is no lake here" in str(result.exception)
    assert not (tmp_path / "lake").exists()


def _closed():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["questions"],
        ["ask", "silent_sources", "--lake", "{lake}"],
        ["ask", "silent_sources", "--lake", "{lake}", "--format", "parquet"],
        ["normalise", "--source", "web_access", "{log}"],
    ],
)
def test_who_closes_the_pipe_has_had_enough(words, lake, tmp_path):
    (tmp_path / "log").write_text('192.0.2.1 - - [01/Mar/2026:08:14:07 +0100] "GET / HTTP/1.1" 200 5 "-" "curl"\n')
    words = [word.format(lake=lake, log=tmp_path / "log") for word in words]
    out = _closed()
    ended = subprocess.run([*PROGRAM, *words], stdout=out, stderr=subprocess.PIPE, check=False)
    os.close(out)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_full_disk_is_one_line():
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([*PROGRAM, "questions"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (2, b"sparhund: No space left on device\n")
