"""Alert rules at their edges, their metrics as they are really named, and a real Prometheus over running commands."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.torture.ports import free_port
from tests.deploy.names import SERIES
from tests.ingest import running
from tests.ingest.running import PATIENCE_S, until

pytestmark = pytest.mark.program("prometheus")

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = yaml.safe_load((FOLDER / "sparhund.rules.yml").read_text())
TESTS = yaml.safe_load((FOLDER / "sparhund.rules.test.yml").read_text())["tests"]
ALERTS = [rule["alert"] for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]


def promtool(*words, stdin=""):
    done = subprocess.run(["promtool", *words], cwd=FOLDER, input=stdin, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("words", [("check", "config", "prometheus.yml"), ("check", "config", "compose.yml")])
def test_prometheus_takes_the_configuration_and_its_rules(words):
    code, said = promtool(*words)
    assert code == 0, said
    assert "SUCCESS" in said


def test_rules_hold_at_their_edges():
    code, said = promtool("test", "rules", "sparhund.rules.test.yml")
    assert code == 0, said


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_tried_where_it_comes_and_where_it_does_not(alert):
    cases = [case for test in TESTS for case in test.get("alert_rule_test", ()) if case["alertname"] == alert]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


@pytest.mark.parametrize(
    ("rule", "loosened"),
    [
        ("sparhund:imbalance_records != 0\n        for: 2m", "sparhund:imbalance_records != 0\n        for: 1m"),
        ("> 60", "> 61"),
        ("> 60", ">= 60"),
        ("> 0.05 *", ">= 0.05 *"),
        (">= 10", ">= 16"),
        ("== 0\n        for: 2m", "== 0\n        for: 3m"),
        ("< 0.1\n          or", "< 0.099\n          or"),
        ("offset 10m) > 0", "offset 10m) > 7"),
        ("unless on (source)", "and on (source)"),
        ("- sparhund_spool_waiting_records", "+ sparhund_spool_waiting_records"),
        ("changes(sparhund_spool_taken_position[5m]) == 0", "changes(sparhund_spool_taken_position[5m]) >= 0"),
    ],
)
def test_a_rule_that_is_a_little_wrong_is_noticed(tmp_path, rule, loosened):
    text = (FOLDER / "sparhund.rules.yml").read_text()
    assert rule in text
    (tmp_path / "sparhund.rules.yml").write_text(text.replace(rule, loosened, 1))
    (tmp_path / "sparhund.rules.test.yml").write_text((FOLDER / "sparhund.rules.test.yml").read_text())
    code, said = promtool("test", "rules", str(tmp_path / "sparhund.rules.test.yml"))
    assert code == 1, said
    assert "FAILED" in said


def test_each_metric_of_the_rules_is_one_that_we_give():
    named = set()
    for group in RULES["groups"]:
        for rule in group["rules"]:
            named |= {name.removesuffix("_bucket") for name in re.findall(r"\bsparhund_\w*[a-z]\b", rule["expr"])}
    assert len(named) > 15
    assert named <= SERIES


def test_each_command_that_an_alert_tells_to_run_is_there_with_its_options():
    said = [rule["annotations"]["action"] for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]
    told = {found for text in said for found in re.findall(r"\bsparhund ([a-z]+)((?: --[a-z-]+)*)", text)}
    assert ("rejects", " --shape") in told
    for command, options in told:
        shown = CliRunner().invoke(cli, [command, "--help"])
        assert shown.exit_code == 0, shown.output
        assert set(options.split()) <= set(shown.output.split()), command


def test_prometheus_takes_the_query_that_the_documentation_shows(tmp_path):
    text = (FOLDER.parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```promql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rule = {"record": "shown", "expr": shown}
    (tmp_path / "shown.yml").write_text(yaml.safe_dump({"groups": [{"name": "shown", "rules": [rule]}]}))
    code, said = promtool("check", "rules", str(tmp_path / "shown.yml"))
    assert code == 0, said
    assert shown.strip() in {rule["expr"] for group in RULES["groups"] for rule in group["rules"]}


# A real Prometheus, which asks every second and judges by rules whose minutes are seconds.


class Prometheus:
    def __init__(self, folder, targets):
        self.port = free_port()
        rules = re.sub(r"\b(\d+)m\b", r"\1s", (FOLDER / "sparhund.rules.yml").read_text())
        (folder / "rules.yml").write_text(rules)
        config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = ["rules.yml"]
        config["scrape_configs"][0]["static_configs"] = [{"targets": targets}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        command = [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        with (folder / "prometheus.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def ask(self, query):
        """What QUERY gives, by its labels' values."""
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{self.port}/api/v1/query", params={"query": query}, trust_env=False, timeout=30
            )
        except httpx.TransportError:
            return {}
        if answer.status_code == 503:  # it listens before it can answer
            return {}
        answer.raise_for_status()
        return {
            tuple(value for name, value in sorted(row["metric"].items())): float(row["value"][1])
            for row in answer.json()["data"]["result"]
        }

    def firing(self):
        return {names[0] for names in self.ask('sum by (alertname) (ALERTS{alertstate="firing"})')}


@pytest.fixture
def town(tmp_path):
    with running.town(tmp_path) as made:
        yield made


LINE = '192.0.2.1 - anna [01/Mar/2026:08:14:07 +0100] "GET /{0} HTTP/1.1" 200 5 "-" "curl"\n'


def test_the_balance_is_nought_under_load_and_after_it_and_a_stopped_writer_is_told(town):
    begun = {"collect": town.begin("collect"), "ingest": town.begin("ingest", "--follow")}
    watching = Prometheus(town.folder, [f"127.0.0.1:{town.ports[command]}" for command in begun])
    try:
        for command in begun:
            town.ready(command)
        for command in begun:
            assert promtool("check", "metrics", stdin=town.get(command, "metrics").text) == (0, "")
        with socket.create_connection(("127.0.0.1", town.ports["tcp"])) as sender:
            for number in range(10_000):
                sender.sendall(LINE.format(number).encode())
                if number % 1000 == 0:
                    assert set(watching.ask("sparhund:imbalance_records").values()) <= {0.0}
        normalised = 'sparhund_lake_normalised_records_total{source="web"}'
        until(lambda: set(watching.ask(normalised).values()) == {10_000.0})
        balance = {
            "collect": 'sparhund:imbalance_records{hop="collect", source="web"}',
            "spool": 'sparhund:imbalance_records{hop="spool", source="web"}',
            "lake": 'sparhund:imbalance_records{hop="lake", source="web"}',
        }
        for query in balance.values():
            until(lambda query=query: watching.ask(query))
            assert set(watching.ask(f"max_over_time({query.strip()}[1m])").values()) == {0.0}
            assert set(watching.ask(f"min_over_time({query.strip()}[1m])").values()) == {0.0}
        assert not watching.firing() & {"SparhundImbalance", "SparhundLost", "SparhundGap"}

        # The writer stops, records go on coming: they wait, nothing is out of balance, and it is told.
        begun["ingest"].send_signal(signal.SIGTERM)
        assert begun["ingest"].wait(PATIENCE_S) == 0
        with socket.create_connection(("127.0.0.1", town.ports["tcp"])) as sender:
            sender.sendall(b"".join(LINE.format(number).encode() for number in range(100)))
        until(lambda: watching.firing() >= {"SparhundDown", "SparhundStalled"})
        waiting = 'sparhund_spool_waiting_records{source="web"}'
        assert set(watching.ask(waiting).values()) == {100.0}
        assert set(watching.ask("sparhund:imbalance_records").values()) == {0.0}

        # It comes again, takes what waits, and all is well.
        begun["ingest"] = town.begin("ingest", "--follow")
        until(lambda: set(watching.ask(waiting).values()) == {0.0} and not watching.firing())
        until(lambda: set(watching.ask(normalised).values()) == {100.0})
        assert set(watching.ask("sparhund:imbalance_records").values()) == {0.0}
    finally:
        watching.process.terminate()
        watching.process.wait(PATIENCE_S)
