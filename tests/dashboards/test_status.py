"""`sparhund status`: the lake's balance, what waits in the spool, and what running commands tell."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from analytics import status as lake_status
from analytics.caller import Caller
from analytics.installation import installation
from dashboards.cli import cli
from ingest.operations.operations import Operations
from ingest.operations.part import Part, counter, gauge
from ingest.spool import Delivery, Spool
from schemas.errors import LakeError
from schemas.operations import OperationsSettings
from tests.ingest.conftest import lines


@pytest.fixture
def config(tmp_path):
    (tmp_path / "web.log").write_text(lines(1, 2) + "no web line\n")
    path = tmp_path / "sparhund.toml"
    path.write_text(
        '[sources.web]\nmapping = "web_access"\npaths = ["web.log"]\n[sources.net]\nmapping = "web_access"\n'
    )
    assert CliRunner().invoke(cli, ["ingest", "--config", str(path)]).exit_code == 1
    return path


def status(config, *words, code=0):
    result = CliRunner().invoke(cli, ["status", "--config", str(config), *words])
    assert result.exit_code == code, result.output
    return result.output


def append(config, source, count):
    received = datetime.now(UTC) - timedelta(minutes=5)
    delivery = Delivery(records=[line.encode() for line in lines(*range(count)).splitlines()], received=received)
    Spool(config.parent / "lake" / "spool").append(source, delivery)


def test_what_waits_in_the_spool_stands_beside_what_is_in_the_lake(config):
    append(config, "net", 3)
    rows = {row["source"]: row for row in json.loads(status(config, "--format", "json"))["sources"]}
    assert [rows["web"][name] for name in ("records", "events", "rejects", "balance")] == [3, 2, 1, 0]
    assert rows["web"]["waiting"] is None  # its files are no stream of the spool
    assert (rows["net"]["records"], rows["net"]["waiting"]) == (0, 3)
    assert 300 <= rows["net"]["waiting_s"] < 900
    assert CliRunner().invoke(cli, ["ingest", "--config", str(config)]).exit_code == 0
    rows = {row["source"]: row for row in json.loads(status(config, "--format", "json"))["sources"]}
    assert [rows["net"][name] for name in ("records", "events", "waiting", "waiting_s")] == [3, 3, 0, 0]


@pytest.mark.parametrize("asked", [lake_status.sources, lake_status.rejects])
def test_it_is_the_asker_whose_scope_counts(config, asked):
    home = installation(None, config)
    assert len(asked(home, who=Caller("x")))
    with pytest.raises(LakeError, match="scope nämnd"):
        asked(home, who=Caller("x", "nämnd"))


def test_with_kafka_what_waits_is_what_was_not_sent_yet(config):
    config.write_text(config.read_text() + '[kafka]\nbrokers = ["127.0.0.1:1"]\n')
    append(config, "net", 3)
    append(config, "sparhund", 2)
    Spool(config.parent / "lake" / "spool").trim("net", 2)
    rows = {row["source"]: row for row in json.loads(status(config, "--format", "json"))["sources"]}
    assert (rows["net"]["waiting"], rows["sparhund"]["waiting"]) == (1, 2)


class Telling(Part):
    """As collectors and a reader of topics would."""

    reasons = ()

    def collect(self):
        by = ("collector", "source")
        yield counter("sparhund_collect_records", "x", by, [(("net", "a"), 5), (("net", "b"), 2), (("udp", "a"), 0)])
        yield counter(
            "sparhund_collect_lost_records", "x", ("collector", "reason"), [(("udp", "r"), 3), (("udp", "s"), 1)]
        )
        yield counter("sparhund_collect_refused", "x", ("collector", "reason"), [(("net", "r"), 4)])
        by = ("source", "topic", "partition")
        yield gauge("sparhund_kafka_lag_records", "x", by, [(("a", "t", "1"), 7), (("a", "t", "0"), 0)])

    def problems(self):
        yield from self.reasons


def test_running_commands_are_asked_and_one_that_does_not_answer_is_unknown(config):
    part = Telling()
    with Operations("collect", OperationsSettings(collect="127.0.0.1:0")) as watched:
        watched.add(part)
        watched.begun()
        config.write_text(
            config.read_text() + f'[operations]\ncollect = "0.0.0.0:{watched.port}"\ningest = "127.0.0.1:1"\n'
        )
        document = json.loads(status(config, "--format", "json"))
        assert document["collectors"] == [
            {"collector": "net", "accepted": 7, "refused": 4, "lost": 0, "odd": 0},
            {"collector": "udp", "accepted": 0, "refused": 0, "lost": 4, "odd": 0},
        ]
        assert [(row["partition"], row["lag_records"]) for row in document["topics"]] == [("0", 0), ("1", 7)]
        assert document["processes"] == [
            {"command": "collect", "answers": True, "not_ready": []},
            {"command": "ingest", "answers": False, "not_ready": []},
        ]
        said = status(config)
        assert "collect: arbetar\n" in said
        assert "ingest: svarar inte; vad som avvisats, förlorats eller väntar där är okänt\n" in said
        assert "insamlare  mottagna  avvisade  förlorade  avvikande\n" in said
        assert said.endswith("Balansen håller: varje läst post blev händelser, en otolkad post eller en upprepad.\n")
        part.reasons = ("the disk of the spool is full",)
        watched.sample()
        assert "collect: can't do its work: the disk of the spool is full\n" in status(config, "--language", "en")


CLOCKS = """Tid;Konto
{today}T00:00:00Z;anna
9999-12-30T00:00:00Z;anna
2126-01-01T00:00:00Z;anna
1601-01-02T00:00:00Z;anna
"""
TABLE = """
[context]
folder = "context"
[sources.web]
mapping = "table_csv"
paths = ["clocks.csv"]
silent_after_s = 3600
params = {columns = {time = "Tid", actor_account = "Konto"}, constants = {action = "read"}}
"""


def test_a_wrong_clock_is_counted_and_never_the_latest_event(tmp_path):
    today = datetime.now(UTC).date() - timedelta(days=1)
    (tmp_path / "context").mkdir()
    (tmp_path / "clocks.csv").write_text(CLOCKS.format(today=today))
    config = tmp_path / "sparhund.toml"
    config.write_text(TABLE)
    assert CliRunner().invoke(cli, ["ingest", "--config", str(config)]).exit_code == 0
    [row] = [row for row in json.loads(status(config, "--format", "json"))["sources"] if row["source"] == "web"]
    assert (row["events"], row["ahead"], row["ancient"]) == (4, 2, 1)
    assert row["last_utc"] == f"{today}T00:00:00Z"
    assert row["silent_s"] > 3600  # a clock that runs ahead doesn't hide the silence
    assert "i framtiden  före år 2000" in status(config)
    asked = CliRunner().invoke(cli, ["ask", "wrong_clocks", "--config", str(config), "--format", "json"])
    document = json.loads(asked.stdout)
    assert [(each["state"], each["events"]) for each in document["rows"]] == [("ahead", 2), ("ancient", 1)]
    assert "9999" not in asked.stdout.split('"statement"')[1]


def test_what_is_wrong_with_the_municipalitys_own_tables_stands_in_the_status(tmp_path):
    (tmp_path / "context").mkdir()
    (tmp_path / "clocks.csv").write_text("Tid;Konto\n")
    (tmp_path / "context" / "rota.csv").write_text("person,unit,valid_from,valid_to\nhemlig,u1,2026-03-02,2026-03-01\n")
    config = tmp_path / "sparhund.toml"
    config.write_text(TABLE)
    assert CliRunner().invoke(cli, ["ingest", "--config", str(config)]).exit_code == 0
    found = json.loads(status(config, "--format", "json"))["context_faults"]
    assert [(row["state"], row["relation"], row["field"], row["reason"], row["number"]) for row in found] == [
        ("no directory", "people", None, None, 0),
        ("set aside", "rota", "valid_to", "is not after valid_from", 1),
    ]
    said = status(config, "--language", "en")
    assert "set aside: the row is in fault" in said
    assert "no staff directory: no employee is known" in said
    assert "hemlig" not in said
    assert "är inte senare än valid_from" in status(config)
