# ruff: noqa: E501 - tables read better on one line
import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from dashboards.judged import Judged as Watched
from ingest.torture.ports import free_port
from tests.analytics.detect.conftest import Judged

TOKEN = "p_" + "1" * 32
ACCESS = f"""
time                 | position | actor_account | actor_person | system | object_type | object_id | subject | action | outcome | proves  | k | r | t | asset
2026-03-02T18:00:00Z | 1        | anna.b        | anna         | Lindan | journal     | 17        | {TOKEN} | read   | success | content | 3 | 2 | 1 | journaler
2026-03-02T18:05:00Z | 2        | anna.b        | anna         | Lindan | journal     | 17        | {TOKEN} | read   | success | content | 3 | 2 | 1 | journaler
"""
CONFIG = """
[lake]
root = "lake"
[context]
folder = "context"
[questions]
purpose_required = false
"""
DECIDED = '[detection]\nrelations_decision = "KS 2026/1"\n'
PATIENCE_S = 120
SPARHUND = [sys.executable, "-W", "ignore", "-c", "from dashboards.cli import main; main()"]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = Judged(tmp_path_factory.mktemp("town"))
    (made.root / "settings.toml").write_text(CONFIG + DECIDED, encoding="utf-8")
    made.context("subjects", f"subject | person\n{TOKEN} | anna")
    made.context("assignments", "person | system | object_id\nbo | Lindan | 17")
    made.come(ACCESS)
    made.first = run(made, "detect", "--language", "sv")
    return made


def run(made, *words):
    result = CliRunner().invoke(cli, [*words, "--config", str(made.root / "settings.toml")], catch_exceptions=False)
    return result.output


def rows(made, question, *words):
    result = CliRunner().invoke(
        cli, ["ask", question, *words, "--config", str(made.root / "settings.toml"), "--format", "json"]
    )
    return json.loads(result.stdout)["rows"]


def test_a_run_says_how_much_duty_explains_and_what_was_found(town):
    assert "2 händelser bedömda, 2 åtkomster kräver förklaring, 0.0 % förklarade" in town.first
    assert "self_access" in town.first
    assert "Inget nytt att bedöma." in run(town, "detect")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "Vilar: self_access: det beslut som den kräver är inte angivet"),
        ("en", "self_access: the decision that it"),
    ],
)
def test_without_a_decision_what_rests_on_the_registers_is_off_and_says_so(tmp_path, language, said):
    made = Judged(tmp_path)
    (made.root / "settings.toml").write_text(CONFIG, encoding="utf-8")
    made.context("subjects", f"subject | person\n{TOKEN} | anna")
    made.come(ACCESS)
    assert said in run(made, "detect", "--language", language)
    assert rows(made, "findings", "--detection", "self_access") == []


def test_a_finding_is_told_in_plain_swedish(town):
    [finding] = rows(town, "findings", "--detection", "self_access")
    told = run(town, "explain", finding["finding"])
    assert "tagit del av" in told
    assert "journaler: konfidentialitet 3, riktighet 2, tillgänglighet 1" in told
    assert "2026-03-02 19:00:00+01:00  anna (anna.b) läste journal 17 i Lindan (lyckades)" in told
    assert "Oförklarad: ingen av " in told
    assert "Kunde inte prövas: " in told


def test_what_to_do_is_told_in_the_reader_s_language(town):
    [finding] = rows(town, "findings", "--detection", "self_access")
    assert "gäller det ett system där egen åtkomst är avsedd?" in run(town, "explain", finding["finding"])
    told = run(town, "explain", finding["finding"], "--language", "en")
    assert "is it a system where access to one's own is intended?" in told
    assert "a test record that bears the employee's number" in told
    assert "gäller det" not in told


def test_an_event_is_told_with_the_findings_that_rest_on_it(town):
    [finding] = rows(town, "findings", "--detection", "self_access")
    told = run(town, "explain", "a-1-0", "--language", "en")
    assert "Unexplained: none of " in told
    assert "Original log record: source s, stream a, number 1" in told
    assert finding["finding"] in told


@pytest.mark.parametrize(
    ("what", "said"), [("0" * 16, "no finding of that id"), ("a-99-0", "no event of that id"), ("x", "neither")]
)
def test_what_is_not_there_is_refused(town, what, said):
    result = subprocess.run(
        [*SPARHUND, "explain", what, "--config", str(town.root / "settings.toml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert said in result.stderr


def test_a_decision_is_kept_with_who_and_why_and_leaves_the_review(town):
    [item] = rows(town, "review")
    assert (item["actor_person"], item["open"] > 0) == ("anna", True)
    for finding in rows(town, "findings"):
        said = run(town, "decide", finding["finding"], "--verdict", "unjustified", "--reason", "inget uppdrag")
        assert said == f"{finding['finding']}: obefogad\n"
    assert rows(town, "review") == []
    assert {row["verdict"] for row in rows(town, "findings")} == {"unjustified"}
    told = run(town, "explain", item["finding"])
    assert "obefogad" in told
    assert "inget uppdrag" in told


def test_what_stands_is_told_to_prometheus(town):
    watched = Watched(town.lake)
    watched.sample()
    told = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in watched.collect()
        for sample in family.samples
    }
    assert told["sparhund_detect_accesses_total", ("", "Lindan", "3")] == 2
    assert told["sparhund_detect_explained_total", ("", "Lindan", "3")] == 0
    assert told["sparhund_detect_waiting_batches", ()] == 0
    assert any(name == "sparhund_findings" and labels[0] == "self_access" for name, labels in told)


def test_it_follows_until_it_is_told_to_end(tmp_path):
    made = Judged(tmp_path)
    (made.root / "settings.toml").write_text(CONFIG + DECIDED, encoding="utf-8")
    made.context("subjects", f"subject | person\n{TOKEN} | anna")
    port = free_port()
    command = [
        *SPARHUND,
        "detect",
        "--follow",
        "--config",
        str(made.root / "settings.toml"),
        "--operations",
        f"127.0.0.1:{port}",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        made.come(ACCESS)
        deadline = time.monotonic() + PATIENCE_S
        found = ""
        while "self_access" not in found and time.monotonic() < deadline:
            time.sleep(0.5)
            try:
                found = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
            except httpx.TransportError:
                assert process.poll() is None
        assert 'sparhund_findings{detection="self_access"' in found
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "self_access" in out
    finally:
        process.kill()
        process.wait()
