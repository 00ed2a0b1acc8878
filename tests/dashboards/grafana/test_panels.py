"""Every panel's query as Grafana runs it: against the API and a real Prometheus that scrapes a running pipeline."""

import json
import math
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from analytics.installation import installation
from dashboards.auth import tokens
from dashboards.grafana.boards import BOARDS, FOLDER, STATISTICS
from ingest.torture.ports import free_port
from tests.dashboards.town import town
from tests.deploy.test_prometheus import Prometheus
from tests.ingest.running import until

pytestmark = pytest.mark.program("prometheus")

FROM, TO = "2026-03-01T00:00:00.000Z", "2026-03-04T12:00:00.000Z"
COMMANDS = {"collect": [], "ingest": ["--follow"], "detect": ["--follow"], "serve": []}
LINE = "<86>1 {now} web1 sshd 77 - - Accepted password for anna.b from 192.0.2.1 port 4711 ssh2\n"
PANELS = [
    pytest.param(name, panel, id=f"{name}: {panel['title']}")
    for name in BOARDS
    for panel in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["panels"]
]
OF_API, OF_METRICS = (
    [each for each in PANELS if each.values[1]["datasource"]["uid"] == uid]
    for uid in ("sparhund-api", "sparhund-prometheus")
)


@dataclass(frozen=True)
class Pipeline:
    """A municipality that runs: its API, its Prometheus, and a way to send it a record."""

    address: str
    secrets: dict[str, str]
    prometheus: Prometheus
    send: Callable[[], None]

    def rows(self, target: dict[str, Any], values: dict[str, str], scope: str) -> list[dict[str, Any]]:
        """What Infinity gets for TARGET, with the dashboard's VALUES for its variables."""
        url = re.sub(r"\$\{(\w+):percentencode\}", lambda match: quote(values[match[1]], safe=""), target["url"])
        url = url.replace("${__from:date:iso}", FROM).replace("${__to:date:iso}", TO)
        assert "$" not in url
        header = {"Authorization": f"Bearer {self.secrets[scope]}"}
        answer = httpx.get(self.address + url, headers=header, trust_env=False, timeout=60)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()[target["root_selector"]]
        return found


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = town(tmp_path_factory.getbasetemp())
    ports = {name: free_port() for name in (*COMMANDS, "net", "api")}
    config = folder / "settings.toml"
    with config.open("a", encoding="utf-8") as settings:
        settings.write(f'\n[serve]\nlisten = "127.0.0.1:{ports["api"]}"\n[operations]\n')
        settings.writelines(f'{name} = "127.0.0.1:{ports[name]}"\n' for name in COMMANDS)
        settings.write(f'[collect.net]\nkind = "syslog_tcp"\nlisten = "127.0.0.1:{ports["net"]}"\nsource = "linux"\n')
    log = next((folder / "logs" / "intranat").iterdir())
    with log.open("a", encoding="utf-8") as more:
        more.write("no line of a web server\n")  # a reject

    def send() -> None:
        with socket.create_connection(("127.0.0.1", ports["net"])) as sender:
            sender.sendall(LINE.format(now=datetime.now(UTC).isoformat()).encode())

    begun = []
    watching = None
    try:
        for name, words in COMMANDS.items():
            command = [sys.executable, "-c", "from dashboards.cli import main; main()", name, *words]
            with (folder / f"{name}.log").open("wb") as said:
                begun.append(
                    subprocess.Popen([*command, "--config", str(config)], stdout=said, stderr=said, env=os.environ)
                )
        base = tmp_path_factory.mktemp("prometheus")
        watching = Prometheus(base, [f"127.0.0.1:{ports[name]}" for name in COMMANDS])
        home = installation(None, config)
        made = {scope: tokens.add(home, scope, scope, 1, "Prov") for scope in ("statistics", "read")}
        until(lambda: watching.ask("sum(sparhund_ready)") == {(): float(len(COMMANDS))})
        send()
        until(lambda: watching.ask('sparhund_lake_normalised_records_total{source="linux"} > 0'))
        yield Pipeline(f"http://127.0.0.1:{ports['api']}", made, watching, send)
    finally:
        for process in (*begun, *((watching.process,) if watching else ())):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def values(pipeline: Pipeline) -> dict[str, str]:
    """Whom and what the dashboards' variables name."""

    def ask(name: str, **params: str) -> list[dict[str, Any]]:
        query = "&".join(f"{key}={quote(value)}" for key, value in params.items())
        return pipeline.rows({"url": f"/api/v1/questions/{name}?{query}", "root_selector": "rows"}, {}, "read")

    persons = {row["actor_person"] for row in ask("findings", page_size="100") if row["actor_person"]}
    period = {"start": FROM, "stop": TO}
    late = {"start": "2026-03-04T08:00:00Z", "stop": TO}
    return {
        "person": next(each for each in sorted(persons) if ask("logins", person=each, **period)),
        "object": next(row["object_id"] for row in ask("what_changed", page_size="1000", **period) if row["object_id"]),
        "subject": next(row["subject"] for row in ask("events", page_size="1000", **period) if row["subject"]),
        "address": next(row["src_ip"] for row in ask("events", page_size="1000", **late) if row["src_ip"]),
        "system": "Lindan",
    }


@pytest.mark.parametrize(("name", "panel"), OF_API)
def test_a_panel_of_the_api_gets_rows(
    pipeline: Pipeline, values: dict[str, str], name: str, panel: dict[str, Any]
) -> None:
    (target,) = panel["targets"]
    rows = pipeline.rows(target, values, "statistics" if name in STATISTICS else "read")
    assert rows
    for row in rows:
        for column in target["columns"]:
            value = row[column["selector"]]
            if column["type"] == "number":
                assert value is None or isinstance(value, int | float)
            elif column["type"] == "timestamp" and value is not None:
                assert datetime.fromisoformat(value).tzinfo is not None
    for column in target["columns"]:
        assert any(column["selector"] in row for row in rows)


@pytest.mark.parametrize(("name", "panel"), OF_METRICS)
def test_a_panel_of_metrics_gets_series(pipeline: Pipeline, name: str, panel: dict[str, Any]) -> None:
    assert name in BOARDS
    for target in panel["targets"]:
        assert target.get("instant", False) != target.get("range", False)

        def series(target: dict[str, Any] = target) -> list[dict[str, Any]]:
            pipeline.send()
            httpx.get(f"{pipeline.address}/api/v1/openapi.json", trust_env=False, timeout=60)
            return _series(pipeline.prometheus.port, target)

        found = until(series)
        labels = re.findall(r"{{(\w+)}}", target["legendFormat"])
        assert all(label in each["metric"] for each in found for label in labels), target["expr"]


def _series(port: int, target: dict[str, Any]) -> list[dict[str, Any]]:
    """What Grafana would draw: series with a number in them."""
    params: dict[str, Any] = {"query": target["expr"].replace("$__rate_interval", "15s")}
    path = "query"
    if target.get("range"):
        now = time.time()
        path, params = "query_range", {**params, "start": now - 60, "end": now, "step": 5}
    answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/{path}", params=params, trust_env=False, timeout=30)
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["data"]["result"] if _numbers(each)]


def _numbers(series: dict[str, Any]) -> list[float]:
    pairs = series.get("values") or [series["value"]]
    return [float(value) for _, value in pairs if not math.isnan(float(value))]


@pytest.mark.parametrize("name", sorted(set(BOARDS) - STATISTICS))
def test_what_names_persons_needs_a_token_that_may_see_them(
    pipeline: Pipeline, values: dict[str, str], name: str
) -> None:
    for panel in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            if "url" in target:
                with pytest.raises(AssertionError, match="this token may not do that"):
                    pipeline.rows(target, values, "statistics")


def test_a_list_of_a_variable_gets_rows(pipeline: Pipeline) -> None:
    lists = [
        variable["query"]["infinityQuery"]
        for name in BOARDS
        for variable in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["templating"].get("list", ())
        if variable["type"] == "query"
    ]
    assert len(lists) == 1
    for query in lists:
        rows = pipeline.rows(query, {}, "statistics")
        assert {"Lindan", "Katalogtjänsten"} <= {row[query["columns"][0]["selector"]] for row in rows}


def test_text_boxes_that_name_nobody_yet_are_no_error(pipeline: Pipeline) -> None:
    board = json.loads((FOLDER / "investigation.json").read_text(encoding="utf-8"))
    empty = {each["name"]: each["query"] for each in board["templating"].get("list", ())}
    assert set(empty.values()) == {"?"}
    for panel in board["panels"]:
        assert pipeline.rows(panel["targets"][0], empty, "read") == []


def test_a_panel_without_rows_would_be_noticed(pipeline: Pipeline, values: dict[str, str]) -> None:
    (target,) = PANELS[0].values[1]["targets"]  # type: ignore[index]
    nothing = {
        **target,
        "url": target["url"].replace("${__from:date:iso}", "2001-01-01").replace("${__to:date:iso}", "2001-01-02"),
    }
    assert pipeline.rows(nothing, values, "statistics") == []
    with pytest.raises(AssertionError, match="unknown filter"):
        pipeline.rows({**target, "url": target["url"] + "&leve=1"}, values, "statistics")
    assert Path(FOLDER / "overview.json").exists()
