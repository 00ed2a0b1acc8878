"""ingest, rederive and compact as they are typed."""

import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.lake import Lake
from schemas.errors import SparhundError

LINE = '192.0.2.{0} - anna [01/Mar/2026:08:14:07 +0100] "GET /{0} HTTP/1.1" 200 5 "-" "curl"\n'


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_text("".join(LINE.format(number) for number in range(5)))
    return path


def run(*words, code=0):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def events(lake):
    scan = Lake.open(lake).table("normalised").scan()
    return duckdb.connect().execute(f"SELECT count(*) FROM {scan} WHERE kind = 'event'").fetchone()[0]


def test_a_file_is_read_once_and_its_rejects_are_told_by_the_exit_code(tmp_path, log):
    lake = tmp_path / "lake"
    assert "5 new records\n" in run("ingest", "--lake", lake, "--source", "web_access", log)
    assert "already read" in run("ingest", "--lake", lake, "--source", "web_access", log)
    with log.open("a") as file:
        file.write("no web line\n")
    said = run("ingest", "--lake", lake, "--source", "web_access", log, code=1)
    assert "1 new records, 1 of them could not be read: see sparhund rejects" in said
    assert events(lake) == 5
    (tmp_path / "torn.gz").write_bytes(b"\x1f\x8b\x08")
    assert "torn.gz: gzip" in run("ingest", "--lake", lake, "--source", "web_access", tmp_path / "torn.gz", log, code=2)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["ingest", "--source", "web_access", "x.log"], "which lake?"),
        (["ingest", "--lake", "lake", "x.log"], "which source are the files from?"),
        (["ingest", "--lake", "lake", "--source", "web_access", "x.log"], "x.log: there is no such file"),
        (["ingest", "--lake", "lake", "--source", "apache", "x.log"], "there is none of that name"),
        (["ingest", "--lake", "lake"], "nothing to read"),
        (["compact", "--lake", "lake"], "there is no lake here"),
        (["rederive", "--lake", "lake", "--dry-run"], "there is no lake here"),
    ],
)
def test_what_cannot_be_done_says_why_and_makes_nothing(tmp_path, monkeypatch, words, error):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SparhundError, match=error):
        run(*words)
    assert list(tmp_path.iterdir()) == []


def test_a_source_whose_files_are_missing_holds_up_no_other(tmp_path, log):
    config = tmp_path / "settings.toml"
    section = '[sources.{0}]\nmapping = "web_access"\npaths = ["{1}"]\n'
    config.write_text(section.format("gone", "nothing/*") + section.format("web", log.name))
    assert "sources.gone:" in run("ingest", "--config", config, code=2)
    assert events(tmp_path / "lake") == 5
    with pytest.raises(SparhundError, match="there is none of that name; there are"):
        run("rejects", "--config", config, "--source", "wbe")


def test_a_mapping_that_there_is_not_is_named_before_a_record_comes(tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text('[lake]\nroot = "lake"\n[sources.linux]\nmapping = "linux_aut"\n')
    for words in (["ingest"], ["ingest", "--follow"]):
        with pytest.raises(SparhundError, match=r"^sources\.linux: mapping: there is none of that name; there are "):
            run(*words, "--config", config)
    assert list(tmp_path.iterdir()) == [config]


@pytest.mark.parametrize(("nuls", "code", "read"), [(b"\0" * 16 + b"\n", 1, 10), (b"\0" * 5000, 0, 10)])
def test_what_a_power_cut_left_in_a_log_costs_no_other_line(tmp_path, log, nuls, code, read):
    lines = log.read_bytes()
    log.write_bytes(nuls + lines + nuls + lines)
    run("ingest", "--lake", tmp_path / "lake", "--source", "web_access", log, code=code)
    assert events(tmp_path / "lake") == read


def test_an_encoding_that_is_none_is_refused_where_settings_are_read(tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text('[sources.web]\nmapping = "web_access"\npaths = ["x"]\nframing = {encoding = "klingon"}\n')
    with pytest.raises(SparhundError, match="encoding: want an encoding"):
        run("ingest", "--config", config)


def test_rederive_and_compact_say_what_they_did(tmp_path, log):
    lake = tmp_path / "lake"
    run("ingest", "--lake", lake, "--source", "web_access", log)
    said = run("rederive", "--lake", lake, "--dry-run")
    assert "web_access" in said
    assert "0 changed, 0 new, 0 gone" in said
    assert "Nothing differs." in said
    assert "Rejects are not covered" in run("rederive", "--lake", lake, "--event-time", "--apply")
    with pytest.raises(SparhundError, match="there is none of that name"):
        run("rederive", "--lake", lake, "--source", "other", "--dry-run")
    with pytest.raises(SparhundError, match="is before --from"):
        run("rederive", "--lake", lake, "--from", "2026-03-02", "--to", "2026-03-01", "--dry-run")
    assert run("compact", "--lake", lake) == ""  # today isn't over
    assert events(lake) == 5


def test_rederive_names_the_sources_that_it_knows_nothing_of(tmp_path, log):
    config = tmp_path / "settings.toml"
    config.write_text(f'[sources.web]\nmapping = "web_access"\npaths = ["{log.name}"]\n')
    run("ingest", "--config", config)
    assert "Not covered" not in run("rederive", "--config", config, "--dry-run")
    said = run("rederive", "--lake", tmp_path / "lake", "--dry-run")
    assert "Not covered, since no settings declare them: web\n" in said


def test_a_follower_reads_on_until_it_is_asked_to_end(tmp_path, log):
    lake = tmp_path / "lake"
    words = ["ingest", "--lake", lake, "--source", "web_access", "--follow", log]
    program = [sys.executable, "-c", "from dashboards.cli import main; main()", *map(str, words)]
    follower = subprocess.Popen(program, stderr=subprocess.PIPE, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    try:
        _until(lambda: (lake / "lake.json").exists() and events(lake) == 5)
        with log.open("a") as file:
            file.write(LINE.format(5))
        _until(lambda: events(lake) == 6)
        with log.open("a") as file:
            file.write(LINE.format(6))
        follower.send_signal(signal.SIGTERM)
        _, said = follower.communicate(timeout=120)
    finally:
        follower.kill()
    assert follower.returncode == 0
    assert said in (b"sparhund: 6 new records\n", b"sparhund: 7 new records\n")
    assert events(lake) in (6, 7)  # the last line came as the follower was asked to end
    run("ingest", "--lake", lake, "--source", "web_access", log)
    assert events(lake) == 7


def _until(holds):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if holds():
                return
        except SparhundError:  # the lake is being made
            continue
        time.sleep(0.2)
    raise AssertionError("nothing came")
