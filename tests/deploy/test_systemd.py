"""The units, as systemd's own checkers see them, and against the commands that they start."""

import configparser
import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.sources import connections, web
from tests.ingest.conftest import lines

pytestmark = pytest.mark.program("systemd")

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
PROGRAM = "/opt/sparhund/bin/sparhund"
EXPOSURE = 20  # tenths of what systemd calls "exposure level"; a service without a word has 96


@pytest.fixture
def units(tmp_path):
    """The units where the program that they start is there."""
    shutil.copytree(FOLDER, tmp_path / "units")
    program = tmp_path / "sparhund"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in (tmp_path / "units").glob("*.service"):
        path.write_text(path.read_text().replace(PROGRAM, str(program)))
    return tmp_path / "units"


def settings(name):
    found = configparser.RawConfigParser(strict=False)
    found.optionxform = str
    found.read(FOLDER / name)
    return found


def analyze(units, *words):
    done = subprocess.run(["systemd-analyze", *words], cwd=units, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_takes_all_units_without_a_word(units):
    names = [f"./{path.name}" for path in (*units.glob("*.service"), *units.glob("*.timer"))]
    assert len(names) == 7
    assert analyze(units, "verify", "--man=no", "--recursive-errors=no", *names) == (0, "")


def test_a_wrong_unit_is_noticed(units):
    path = units / "sparhund-ingest.service"
    path.write_text(path.read_text().replace("TimeoutStopSec=90", "TimeoutStopSec=soon"))
    _, said = analyze(units, "verify", "--man=no", "./sparhund-ingest.service")
    assert "sparhund-ingest.service" in said


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little(units, name):
    code, said = analyze(units, "security", "--offline=true", f"--threshold={EXPOSURE}", f"./{name}")
    assert code == 0, said


def test_only_what_takes_port_514_may_bind_it():
    for name in SERVICES:
        service = settings(name)["Service"]
        wanted = "CAP_NET_BIND_SERVICE" if name == "sparhund-collect.service" else ""
        assert service["CapabilityBoundingSet"] == wanted, name
        assert service.get("AmbientCapabilities", "") == wanted, name


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_starts_is_a_command_with_these_options(name):
    program, command, *options = settings(name)["Service"]["ExecStart"].split()
    assert program == PROGRAM
    shown = CliRunner().invoke(cli, [command, "--help"])
    assert shown.exit_code == 0, shown.output
    for option in options:
        assert not option.startswith("--") or option in shown.output


def test_services_that_run_on_tell_systemd_and_get_the_time_that_they_need_to_end():
    most = web._STOP_S + connections._STOP_S + connections._ANSWER_S
    for name in ("collect", "ingest", "forward"):
        service = settings(f"sparhund-{name}.service")["Service"]
        assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
        assert int(service["WatchdogSec"]) >= 2 * 60  # a loop that stands still is dead after 60 s
        assert int(service["TimeoutStopSec"]) > most


def test_sysusers_makes_the_user_that_services_run_as():
    common = settings("sparhund-.service.d/10-sparhund.conf")["Service"]
    (line,) = [line for line in (FOLDER / "sparhund.sysusers.conf").read_text().splitlines() if line.startswith("u ")]
    assert line.split()[1] == common["User"] == common["Group"]
    assert common["StateDirectory"] == "sparhund"
    assert re.search(r"net\.core\.rmem_max = (\d+)", (FOLDER / "sparhund.sysctl.conf").read_text())[1] == str(32 << 20)


def test_commands_run_where_no_memory_is_written_and_executed(tmp_path):
    """MemoryDenyWriteExecute: what it forbids, the kernel forbids here too."""
    (tmp_path / "access.log").write_text(lines(1, 2))
    code = (
        "import ctypes, sys\n"
        "assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0\n"
        "from dashboards.cli import main\n"
        "main()\n"
    )
    if ctypes.CDLL(None).prctl(66, 0, 0, 0, 0) < 0:
        pytest.skip("program missing: a kernel that can forbid it (6.3)")
    words = ["ingest", "--lake", str(tmp_path / "lake"), "--source", "web_access", str(tmp_path / "access.log")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert "2 new records" in done.stderr
