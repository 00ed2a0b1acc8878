import json
import random
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.sources.microsoft import line
from ingest.sources.polling import Poller
from ingest.sources.spooled import drain
from ingest.spool import Spool
from schemas import settings
from schemas.errors import SettingsError
from schemas.source import Source
from tests.ingest.listening import PATIENCE_S, held, until
from tests.ingest.microsoft.server import (
    CLIENT,
    SECRET,
    TENANT,
    Answer,
    cut,
    failing,
    halved,
    shortened,
    throttled,
)
from tests.ingest.polled import Running, toml

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def sign_in(server, number, age=timedelta(), **more):
    """The NUMBER-th sign-in, AGE ago."""
    about = {
        "id": str(uuid.UUID(int=number)),
        "createdDateTime": (server.now() - age).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "userPrincipalName": "åsa.berg@kommun.example",
        "appDisplayName": "Omsorg",
        "ipAddress": "192.0.2.10",
        "status": {"errorCode": 0},
        **more,
    }
    server.sign_ins.append(about)
    return about


def audit(server, number, age=timedelta()):
    about = {
        "id": f"Directory_{number}",
        "activityDateTime": (server.now() - age).strftime("%Y-%m-%dT%H:%M:%S.1234567Z"),
        "activityDisplayName": "Add member to role",
        "result": "success",
        "initiatedBy": {"user": {"userPrincipalName": "bo.ek@kommun.example"}},
        "targetResources": [{"id": "t1", "type": "User", "userPrincipalName": "åsa.berg@kommun.example"}],
    }
    server.audits.append(about)
    return about


def declared(server, **keys):
    about = {
        "kind": "graph",
        "tenant": TENANT,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "sign_ins": "signins",
        "audits": "audits",
        "login": server.login if server else "https://login.example",
        "url": server.graph if server else "https://graph.example",
        "page_records": 4,
        "kept_days": 2,
        "poll_s": 0.05,
        "max_retry_s": 0.05,
        **keys,
    }
    sources = {"signins": {"mapping": "entra_signin"}, "audits": {"mapping": "entra_audit"}}
    return {"sources": sources, "collect": {"x": {key: each for key, each in about.items() if each is not None}}}


def polls(server, log="signIns", count=3):
    before = server.requests[log]
    until(lambda: server.requests[log] >= before + count)


def numbers(records):
    return sorted(uuid.UUID(json.loads(each)["id"]).int for each in records)


def test_every_page_is_read_and_every_record_stored_once(server, tmp_path):
    for number in range(30):
        sign_in(server, number, number * HOUR / 3)
    for number in range(9):
        audit(server, number, number * 5 * HOUR)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(30, "signins")
        running.wait_for(9, "audits")
        sign_in(server, 30)
        running.wait_for(31, "signins")
        polls(server)
    assert numbers(running.records("signins")) == list(range(31))
    assert sorted(json.loads(each)["id"] for each in running.records("audits")) == [f"Directory_{n}" for n in range(9)]
    assert running.trouble("lost") == running.trouble("refused") == running.trouble("odd") == {}
    paths = {source: {block.context for block in running.spool.read(source)} for source in ("signins", "audits")}
    assert {source: [json.loads(each)["path"] for each in each] for source, each in paths.items()} == {
        "signins": ["signIns"],
        "audits": ["directoryAudits"],
    }


def test_records_are_spelt_as_they_were_sent(server, tmp_path):
    spelt = ['{"id":"a",  "n": 1.50, "value": [{"id": "x"}]}', '{"id" : "b", "o": "\\u00e5 å"}']
    page = '{"@odata.context": "https://…",\r\n "value" : [' + " ,\n".join(spelt) + '], "records": [] }'
    server.script("signIns", failing(200, page.encode()))
    with Running(tmp_path, declared(server, audits=None)) as running:
        assert running.wait_for(2, "signins") == [each.encode() for each in spelt]
        polls(server)


def test_what_is_told_late_is_found(server, tmp_path):
    sign_in(server, 1)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1, "signins")
        sign_in(server, 2, 1.9 * HOUR)
        assert numbers(running.wait_for(2, "signins")) == [1, 2]


def test_all_types_of_sign_ins_come_by_the_beta(server, tmp_path):
    types = ["interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity"]
    for number, name in enumerate(types):
        sign_in(server, number, signInEventTypes=[name])
    with Running(tmp_path / "v1", declared(server, audits=None)) as running:
        running.wait_for(1, "signins")
        polls(server)
    assert numbers(running.records("signins")) == [0]
    with Running(tmp_path / "beta", declared(server, sign_in_types=types[1:3])) as running:
        running.wait_for(2, "signins")
        polls(server)
    assert numbers(running.records("signins")) == [1, 2]


def test_absence_is_made_up_for_and_what_is_no_longer_kept_is_counted(server, tmp_path):
    server.retention = 2 * DAY
    sign_in(server, 0)
    with Running(tmp_path, declared(server, audits=None)) as running:
        running.wait_for(1, "signins")
        polls(server)
    server.offset = 5 * DAY
    sign_in(server, 1, 50 * HOUR)
    for number in range(2, 20):
        sign_in(server, number, (number - 2) * 2.7 * HOUR)
    with Running(tmp_path, declared(server, audits=None)) as running:
        running.wait_for(19, "signins")
        polls(server)
    assert numbers(running.records("signins")) == [0, *range(2, 20)]
    assert running.trouble("refused") == {}
    assert running.trouble("lost") == {"hours of signIns that were not collected in time": 73}


def test_throttling_and_faults_between_pages_are_lived_through(server, tmp_path):
    for number in range(40):
        sign_in(server, number, number * timedelta(minutes=1))
    for fault in (throttled("0"), failing(503), cut, shortened, halved, failing(504), failing(200, b"{}")):
        server.script("skiptoken", fault)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(40, "signins")
        polls(server)
    assert numbers(running.records("signins")) == list(range(40))
    assert running.trouble("lost") == running.trouble("odd") == {}


@pytest.mark.parametrize("body", [b"[]", b'{"value": {}}', b'{"value": [1]}', b'{"value": [{}], "records": [{}]}'])
def test_what_is_no_page_is_refused(server, tmp_path, body):
    sign_in(server, 1)
    server.script("signIns", *[failing(200, body)] * line.TRIES)
    with Running(tmp_path, declared(server, audits=None)) as running:
        running.wait_for(1, "signins")
    assert numbers(running.records("signins")) == [1]
    assert running.trouble("refused") == {"127.0.0.1: the answer is no page of records": 1}


def test_pages_that_expired_or_lead_in_a_circle_are_begun_again(server, tmp_path):
    def circle(answer):
        page = {"value": json.loads(answer.body).get("value", [])}
        page["@odata.nextLink"] = f"{server.graph}/v1.0/auditLogs/signIns?$skiptoken=x"
        return Answer(200, json.dumps(page, ensure_ascii=False).encode())

    expired = failing(400, b'{"error": {"code": "BadRequest", "message": "Skip token is expired."}}')
    for number in range(12):
        sign_in(server, number)
    server.script("skiptoken", expired, circle)
    server.script("skiptoken=x", circle)
    with Running(tmp_path, declared(server, audits=None)) as running:
        running.wait_for(12, "signins")
        polls(server)
    assert numbers(running.records("signins")) == list(range(12))
    assert running.trouble("refused") == {
        "signIns: answered 400 BadRequest": 1,
        "signIns: its pages lead in a circle": 1,
    }


def test_a_log_without_licence_holds_up_no_other(server, tmp_path):
    code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
    unlicensed = failing(403, json.dumps({"error": {"code": code, "message": "…"}}).encode())
    server.script("signIns", *[unlicensed] * 3)
    audit(server, 1)
    sign_in(server, 1)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1, "audits")
        running.wait_for(1, "signins")
    assert running.trouble("refused") == {f"signIns: answered 403 {code}": 3}


def test_a_record_that_was_changed_later_is_told(server, tmp_path):
    first = dict(sign_in(server, 1, riskState="none"))
    with Running(tmp_path, declared(server, audits=None)) as running:
        running.wait_for(1, "signins")
        server.sign_ins[0]["riskState"] = "atRisk"
        polls(server)
    assert [json.loads(each) for each in running.records("signins")] == [first]
    assert running.trouble("odd") == {"records that were changed after they were read; the first reading stands": 1}


REFUSED = {
    "no log": ({"sign_ins": None, "audits": None}, "sign_ins: missing; want it, audits or both"),
    "types alone": ({"sign_ins": None, "sign_in_types": ["servicePrincipal"]}, "sign_ins: missing; sign_in_types"),
    "type": ({"sign_in_types": ["user"]}, "sign_in_types: want some of interactiveUser"),
    "page": ({"page_records": 1001}, "page_records: must be at most 1000"),
    "kept": ({"kept_days": 0}, "kept_days: must be more than 0"),
    "address": ({"url": "https://graph.example/v1.0"}, "url: want https"),
    "source": ({"audits": "audit"}, "audit: there is no source of that name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_settings_are_held(case):
    keys, message = REFUSED[case]
    with pytest.raises(SettingsError) as caught:
        settings.parse(declared(None, **keys))
    assert str(caught.value).startswith(f"collect.x: {message}")


def test_whenever_it_is_killed_each_record_is_stored_once(server, tmp_path):
    chance = random.Random(4)
    for number in range(1500):
        sign_in(server, number, chance.uniform(0, 40) * HOUR)
    config = tmp_path / "sparhund.toml"
    config.write_text(toml(declared(server, page_records=10)))
    command = [Path(sys.executable).with_name("sparhund"), "collect", "--config", config]
    spool = Spool(tmp_path / "lake" / "spool")
    for kill in range(3):
        server.script("skiptoken", throttled("0"), cut)
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            if kill < 2:
                asked = server.requests["signIns"] + chance.randrange(10, 60)
                until(lambda asked=asked: server.requests["signIns"] >= asked)
                process.kill()
            else:
                until(lambda: len(held(spool, "signins")) >= 1500)
                polls(server, count=40)
                process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0
    assert numbers(held(spool, "signins")) == list(range(1500))


def test_what_comes_in_becomes_events(server, town):
    sign_in(server, 1, HOUR)
    sign_in(server, 2, status={"errorCode": 50126, "failureReason": "…"})
    audit(server, 1)
    spool = Spool(town.root / "spool")
    with Running(town.root, declared(server), spool) as running:
        running.wait_for(2, "signins")
        running.wait_for(1, "audits")
    drain(
        town.writer(Source(name="signins", mapping="entra_signin"), Source(name="audits", mapping="entra_audit")), spool
    )
    columns = "source, source_event_id, action, outcome, actor_account, target_account"
    assert [tuple(row.values()) for row in town.rows(columns)] == [
        ("audits", "Directory_1", "grant", "success", "bo.ek@kommun.example", "åsa.berg@kommun.example"),
        ("signins", str(uuid.UUID(int=1)), "login", "success", "åsa.berg@kommun.example", None),
        ("signins", str(uuid.UUID(int=2)), "login", "failure", "åsa.berg@kommun.example", None),
    ]
    assert town.rows("kind", where="kind <> 'event'") == []


@pytest.mark.parametrize("hours", [-40, 40])
def test_a_clock_that_is_wrong_when_we_begin_loses_nothing(server, tmp_path, monkeypatch, hours):
    sign_in(server, 1, 30 * HOUR)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1, "signins")
        polls(server)
    begin = Poller.__init__

    def wrongly(poller, *args):
        begin(poller, *args)
        now, moment = poller._began
        poller._began = now + hours * HOUR, moment

    monkeypatch.setattr(Poller, "__init__", wrongly)
    server.retention = 2 * DAY
    sign_in(server, 2)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(2, "signins")
        polls(server)
    assert numbers(running.records("signins")) == [1, 2]
    assert running.trouble("lost") == running.trouble("refused") == {}
