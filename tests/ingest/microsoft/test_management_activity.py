import json
import random
import re
import signal
import ssl
import subprocess
import sys
import threading
import uuid
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ingest.sources.intake import Intake
from ingest.sources.microsoft import line, management_activity
from ingest.sources.microsoft.management_activity import ManagementActivityCollector
from ingest.sources.spooled import drain
from ingest.spool import Spool
from schemas import settings
from schemas.errors import SettingsError
from schemas.source import Source
from tests.ingest.listening import PATIENCE_S, certificates, held, until
from tests.ingest.microsoft.server import (
    CLIENT,
    SECRET,
    TENANT,
    Answer,
    Server,
    cut,
    failing,
    halved,
    shortened,
    silent,
    throttled,
    thumbprint,
)
from tests.ingest.polled import Running, toml

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def record(number, **more):
    """The NUMBER-th record of the audit log, which is always the same."""
    about = {
        "CreationTime": "2026-03-01T08:14:07",
        "Id": str(uuid.UUID(int=number)),
        "Operation": "FileDownloaded",
        "OrganizationId": TENANT,
        "RecordType": 6,
        "UserKey": "i:0h.f|membership|1003@live.com",
        "UserType": 0,
        "Workload": "SharePoint",
        "UserId": "åsa.berg@kommun.example",
        "ClientIP": "192.0.2.10",
        "ObjectId": f"https://kommun.sharepoint.example/sites/vård/{number}.docx",
    }
    return {**about, **more}


def declared(server, **keys):
    about = {
        "kind": "management_activity",
        "source": "m365",
        "tenant": TENANT,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "content_types": ["Audit.SharePoint"],
        "login": server.login if server else "https://login.example",
        "url": server.management if server else "https://manage.example",
        "poll_s": 0.05,
        "max_retry_s": 0.05,
        **keys,
    }
    about = {key: value for key, value in about.items() if value is not None}
    return {"sources": {"m365": {"mapping": "m365_audit", "overlap_s": 691_200}}, "collect": {"x": about}}


def polls(server, count=2):
    """Wait until the collector has listed COUNT times more."""
    before = server.requests["content"]
    until(lambda: server.requests["content"] >= before + count)


def numbers(records):
    return sorted(uuid.UUID(json.loads(each)["Id"]).int for each in records)


def test_each_content_is_fetched_once_and_each_record_stored_once(server, tmp_path):
    for first in range(0, 14, 2):  # seven contents, three pages; each shares a record with the next
        server.add("Audit.SharePoint", [record(n) for n in range(first, first + 3)], HOUR)
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(15)) == list(range(15))
        server.add("Audit.SharePoint", [record(15), record(3)])
        running.wait_for(16)
        polls(server)
    assert numbers(running.records()) == list(range(16))
    assert server.requests["blob"] == 8
    assert server.requests["start"] == server.requests["token"] == server.requests["list"] == 1
    assert running.trouble("lost") == running.trouble("refused") == running.trouble("odd") == {}


def test_records_are_spelt_as_they_were_sent(server, tmp_path):
    spelt = [b'{"Id":"a",  "n": 1.50e3, "o": "\\u00e5"}', '{"Id": "b", "o": "å", "list": [{"Id": "c"}]}'.encode()]
    server.add("Audit.SharePoint", b"\xef\xbb\xbf[\r\n" + b" ,\r\n".join(spelt) + b"\r\n]\r\n")
    with Running(tmp_path, declared(server)) as running:
        assert running.wait_for(2) == spelt


def test_evidence_tells_where_records_come_from(server, tmp_path):
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
    (block,) = running.spool.read("m365")
    assert json.loads(block.context) == {"sender": "127.0.0.1", "path": "Audit.SharePoint"}


def test_what_is_listed_late_is_found(server, tmp_path):
    server.add("Audit.SharePoint", [record(1)], HOUR)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        server.add("Audit.SharePoint", [record(2)], HOUR)  # made available before what was read
        assert numbers(running.wait_for(2)) == [1, 2]


def test_days_of_absence_are_made_up_for_in_windows(server, tmp_path):
    server.add("Audit.SharePoint", [record(0)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        polls(server)
    server.queries.clear()
    server.offset = 3 * DAY
    for number in range(1, 31):
        server.add("Audit.SharePoint", [record(number)], number * 2 * HOUR)
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(31)
        polls(server)
    assert numbers(running.records()) == list(range(31))
    assert running.trouble("lost") == running.trouble("refused") == {}
    assert len(set(server.queries)) >= 12


def test_what_is_older_than_the_api_gives_is_named_and_counted(server, tmp_path, caplog):
    server.add("Audit.SharePoint", [record(0)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        polls(server)
    server.offset = 9 * DAY
    server.add("Audit.SharePoint", [record(1)], 8 * DAY)
    server.add("Audit.SharePoint", [record(2)], 6 * DAY)
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(2)) == [0, 2]
        polls(server)
    (lost,) = running.trouble("lost").items()
    assert lost == ("hours of Audit.SharePoint that were not collected in time", 49)
    (line,) = [each.getMessage() for each in caplog.records if "no longer kept" in each.getMessage()]
    assert re.match(r"collect\.x: Audit\.SharePoint: lost from \S+ \S+ to \S+ \S+: no longer kept there$", line)


def test_what_was_lost_is_a_gap_before_the_next_record_that_comes(server, town):
    source, spool = Source(name="m365", mapping="m365_audit"), Spool(town.root / "spool")
    server.add("Audit.SharePoint", [record(0)])
    with Running(town.root, declared(server), spool) as running:
        running.wait_for(1)
        polls(server)
    server.offset = 9 * DAY
    server.add("Audit.SharePoint", [record(1)], HOUR).expires = server.now()
    with Running(town.root, declared(server), spool) as running:
        until(lambda: len(running.trouble("lost")) == 2)
        polls(server)
    drain(town.writer(source), spool)
    assert town.rows(where="kind = 'gap'") == []  # nothing has come that it could be told with
    server.add("Audit.SharePoint", [record(2), record(3)])
    with Running(town.root, declared(server), spool) as running:
        until(lambda: 3 in numbers(running.records()))
        polls(server)
    drain(town.writer(source), spool)
    (gap,) = town.rows("position, length, reason", where="kind = 'gap'")
    assert (gap["position"], gap["length"]) == (1, None)
    away = r"Audit\.SharePoint: lost from \S+ \S+ to \S+ \S+: no longer kept there"
    assert re.fullmatch(away + "; contents that had expired", gap["reason"])
    assert town.rows() == [0, 1, 2]


def test_a_content_that_is_gone_is_counted_and_holds_up_no_other(server, tmp_path):
    expired, _, deleted = (server.add("Audit.SharePoint", [record(number)], HOUR) for number in range(3))
    expired.expires = server.now()
    server.add("Audit.SharePoint", b"[", HOUR)  # the poll fails, and is done again
    server.script(deleted.id, failing(404, b'{"error": {"code": "AF20050", "message": ""}}'))
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(1)) == [1]
        until(lambda: sum(running.trouble("refused").values()) > 2)
    assert running.trouble("lost") == {"contents that had expired": 2}


@pytest.mark.parametrize("path", ["oauth2", "subscriptions/list", "subscriptions/start", "/content", "/audit/"])
def test_throttling_and_faults_are_lived_through(server, tmp_path, path):
    server.add("Audit.SharePoint", [record(number) for number in range(100)])
    html = failing(200)
    server.script(path, throttled("0"), throttled(status=403), cut, failing(502), html, shortened, halved, failing(500))
    if path == "subscriptions/start":
        # Its answer says nothing that we need.
        server._script = [each for each in server._script if each[1] not in {html, shortened, halved}]
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(100)) == list(range(100))
        polls(server)
    assert numbers(running.records()) == list(range(100))
    assert set(running.trouble("lost")) == set(running.trouble("odd")) == set()


def test_nobody_waits_for_an_answer_that_doesnt_come(server, tmp_path):
    server.script("/audit/", silent)
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server, timeout_s=0.2)) as running:
        running.wait_for(1)
        server.script("/content", *[silent] * line.TRIES)
        until(lambda: running.trouble("refused"))
    assert running.trouble("refused") == {"127.0.0.1: no answer in time": 1}


TOKEN = "the answer holds no token"
SUBSCRIPTIONS = "the answer is no list of subscriptions"
CONTENTS = "the answer is no list of contents"
CUT = "the answer is no JSON, or was cut"
ODD = {
    "a token of two lines": ("oauth2", b'{"access_token": "a\\nb", "expires_in": 60}', TOKEN),
    "a token that is none": ("oauth2", b'{"access_token": 5, "expires_in": 60}', TOKEN),
    "a token of no time": ("oauth2", b'{"access_token": "a", "expires_in": "soon"}', TOKEN),
    "a token of the past": ("oauth2", b'{"access_token": "a", "expires_in": -5}', TOKEN),
    "no token": ("oauth2", b"[]", TOKEN),
    "a sign-in page": ("oauth2", b"<html>", CUT),
    "no subscriptions": ("subscriptions/list", b'{"a": 1}', SUBSCRIPTIONS),
    "odd subscriptions": ("subscriptions/list", b'[{"contentType": {}}]', SUBSCRIPTIONS),
    "no contents": ("/content", b'{"a": 1}', CONTENTS),
    "numbers": ("/content", b"[5]", CONTENTS),
    "no address": ("/content", b'[{"contentId": "a"}]', CONTENTS),
    "an odd id": ("/content", b'[{"contentId": [], "contentUri": "a"}]', CONTENTS),
    "much too deep": ("/content", b"[" * 100_000, CUT),
    "an odd address": (
        "/content",
        b'[{"contentId": "a", "contentUri": null}]',
        "an address that it gave can't be read",
    ),
    "a relative address": ("/content", b'[{"contentId": "a", "contentUri": "/a"}]', "leads to another host"),
}


@pytest.mark.parametrize("case", ODD)
def test_answers_that_say_something_else_stop_nothing(server, tmp_path, case):
    path, body, reason = ODD[case]
    answers = 1 if "address" in reason or "host" in reason else line.TRIES
    server.script(path, *[failing(200, body)] * answers)
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
    (refused,) = running.trouble("refused")
    assert refused.endswith(reason)


@pytest.mark.parametrize("date", ["yesterday", "Mon, 01 Jan 0001 00:00:00 +2359", ""])
def test_an_answer_without_a_time_moves_no_clock(server, tmp_path, date):
    def timeless(answer):
        return Answer(answer.status, answer.body, {**answer.headers, "Date": date})

    server.script("", *[timeless] * 20)
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        until(lambda: not server.scripted)
    assert running.trouble("odd") == running.trouble("lost") == running.trouble("refused") == {}


def test_whatever_a_record_is_it_is_kept_once(server, tmp_path):
    spelt = [b'{"Id": "\\ud800"}', b'{"Id": 5}', b"{}", b'{"Id": {}}', b'{"Id": "a" "b"}', b'[{"Id": "c"}]']
    for _ in range(2):
        server.add("Audit.SharePoint", b"[" + b",".join(spelt) + b"]")
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(6)
        polls(server)
        server.add("Audit.SharePoint", b"[" + b",".join(spelt) + b"]")
        until(lambda: server.requests["blob"] == 3)
        polls(server)
    assert running.records() == spelt
    assert running.trouble("odd") == {"records that are no JSON object, kept as they are": 6}


def test_what_was_caught_up_with_is_not_remembered_for_longer_than_it_may_come_again(server, tmp_path):
    collector = ManagementActivityCollector(settings.parse(declared(server)).collect["x"])
    collector.intake = Intake(Spool(tmp_path / "spool"), None)
    server.add("Audit.SharePoint", [record(1)], 3 * DAY)
    began = collector.now()
    reached = began - 3 * DAY - HOUR
    pages = list(collector.pages({"Audit.SharePoint": reached.isoformat()}))
    collector.close()
    assert [page.again for page in pages] == sorted(page.again for page in pages)
    assert (len(pages[0].records), pages[0].again) == (
        1,
        reached - 2 * HOUR,
    )  # all that was stored since may come again
    assert began <= pages[-1].again <= collector.now()


def test_we_wait_as_long_as_we_are_told(server, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(line.Line, "_wait", lambda _, seconds: waits.append(seconds))
    server.offset = HOUR  # a date is told by the service's clock
    date = format_datetime((server.now() + timedelta(seconds=120)).replace(microsecond=0), usegmt=True)
    server.script("/content", throttled("77"), throttled(date), throttled("86400"), throttled("soon"))
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
    told = [seconds for seconds in waits if seconds > 0]
    assert [round(seconds / 4) for seconds in told[:6]] == [19, 19, 30, 30, 900, 900]
    assert 0 < told[6] < 1


def test_stopping_waits_for_nobody(server, tmp_path):
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        server.script("/content", throttled("3600"))
        until(lambda: not server.scripted)
    assert running.records() == [json.dumps(record(1), ensure_ascii=False).encode()]


def test_a_content_that_stays_unreadable_holds_up_no_other_and_is_kept_in_the_end(server, tmp_path, monkeypatch):
    bad = server.add("Audit.SharePoint", b'[{"Id": "a"}, {"Id": "b", ', HOUR)
    server.add("Audit.SharePoint", [record(1)], HOUR)
    server.add("Audit.General", [record(2)], HOUR)
    document = declared(server, content_types=["Audit.SharePoint", "Audit.General"])
    with Running(tmp_path, document) as running:
        assert numbers(running.wait_for(2)) == [1, 2]
        polls(server, 6)
    assert running.trouble("refused").keys() == {"127.0.0.1: the answer is no JSON, or was cut"}
    assert running.trouble("odd") == {}
    monkeypatch.setattr(management_activity, "_UNREADABLE_S", 0.0)
    with Running(tmp_path, document) as running:
        assert running.wait_for(4)[2:] == [b'{"Id": "a"}', b', {"Id": "b", ']
        polls(server)
    odd = {"contents that are no JSON, kept as they are": 1, "records that are no JSON object, kept as they are": 1}
    assert running.trouble("odd") == odd
    bad.body = json.dumps([{"Id": "a"}, {"Id": "b"}]).encode()  # and when it is whole, what was missing comes too
    with Running(tmp_path, document) as running:
        assert running.wait_for(5)[4:] == [b'{"Id": "b"}']


def test_a_token_that_is_no_longer_taken_is_renewed_once(server, tmp_path):
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        server.token_s = 1
        server.revoke()
        server.add("Audit.SharePoint", [record(2)])
        running.wait_for(2)
        before = server.requests["token"]
        until(lambda: server.requests["token"] > before + 1)  # by its age, before it is refused
    assert server.requests["unauthorized"] == 1
    assert running.trouble("refused") == {}


def test_a_refused_token_is_named_without_the_secret(server, tmp_path, caplog):
    secret = tmp_path / "secret"
    secret.write_text("wrong-but-still~secret\n")
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server, client_secret=None, client_secret_file="secret")) as running:
        until(lambda: server.requests["token"] > 1)
        secret.write_text(SECRET + "\n")  # as it is renewed in time
        running.wait_for(1)
    assert running.trouble("refused").keys() == {"no token: answered 401 invalid_client AADSTS7000215"}
    said = [each.getMessage() for each in caplog.records]
    assert "collect.x: can't be polled: no token: answered 401 invalid_client AADSTS7000215; tried again" in said
    assert not [each for each in said if "secret" in each or CLIENT in each]


def test_a_missing_right_is_named(server, tmp_path):
    server.roles = set()
    with Running(tmp_path, declared(server)) as running:
        until(lambda: running.trouble("refused"))
        server.roles = {"ActivityFeed.Read"}
        server.add("Audit.SharePoint", [record(1)])
        server.revoke()
        running.wait_for(1)
    assert running.trouble("refused").keys() == {"127.0.0.1: answered 403 AF10001"}


@pytest.mark.parametrize("subscribed", [False, True])
def test_one_log_that_is_refused_holds_up_no_other(server, tmp_path, subscribed):
    if subscribed:
        server.subscriptions["DLP.All"] = "enabled"
    server.roles -= {"ActivityFeed.ReadDlp"}
    server.add("DLP.All", [record(1)])
    server.add("Audit.General", [record(2)])
    with Running(tmp_path, declared(server, content_types=["DLP.All", "Audit.General"])) as running:
        assert numbers(running.wait_for(1)) == [2]
        until(lambda: sum(running.trouble("refused").values()) > 2)
        server.roles |= {"ActivityFeed.ReadDlp"}
        server.revoke()
        running.wait_for(2)
    assert numbers(running.records()) == [1, 2]
    assert server.requests["blob"] == 2
    assert running.trouble("refused").keys() == {"DLP.All: answered 403 AF10001"}
    assert running.trouble("lost") == {}


def test_a_subscription_that_was_ended_is_started_again_and_that_is_told(server, tmp_path):
    server.subscriptions["Audit.SharePoint"] = "enabled"
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        server.subscriptions["Audit.SharePoint"] = "disabled"
        until(lambda: server.requests["start"])
        server.add("Audit.SharePoint", [record(2)])
        running.wait_for(2)
    assert running.trouble("lost") == {"times that Audit.SharePoint was not subscribed to": 1}


def test_contents_are_fetched_together_within_the_bound(server, tmp_path):
    server.page, server.pace_s = 100, 0.1
    for number in range(20):
        server.add("Audit.SharePoint", [record(number)], HOUR)
    with Running(tmp_path, declared(server, at_once=3)) as running:
        running.wait_for(20)
    assert server.most_at_once == 3


@pytest.mark.parametrize("part", ["contentUri", "NextPageUri"])
def test_no_token_goes_to_another_host(server, tmp_path, part):
    seen = []

    def lead_away(answer):
        seen.append(part)
        elsewhere = server.graph  # of all hosts the nearest
        if part == "NextPageUri":
            answer.headers[part] = f"{elsewhere}/next"
        else:
            answer.body = answer.body.replace(server.management.encode(), elsewhere.encode())
        return answer

    server.script("/content", lead_away)
    server.add("Audit.SharePoint", [record(1)], 7 * DAY - HOUR)  # of what is listed first
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
        until(lambda: running.trouble("refused"))
    assert seen == [part]
    assert running.trouble("refused") == {"an address that it gave leads to another host": 1}


@pytest.mark.parametrize("hours", [-2, 5])
def test_windows_go_by_the_services_clock(server, tmp_path, hours):
    server.offset = hours * HOUR
    server.add("Audit.SharePoint", [record(1)], 7 * DAY - 3 * HOUR)
    server.add("Audit.SharePoint", [record(2)])
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(2)) == [1, 2]
        server.add("Audit.SharePoint", [record(3)])
        running.wait_for(3)
    assert running.trouble("odd") == {"times that this machine's clock was found minutes from the service's": 1}
    assert running.trouble("refused") == running.trouble("lost") == {}


def test_long_contents_take_a_file_and_too_long_ones_are_counted(server, tmp_path, monkeypatch):
    monkeypatch.setattr(management_activity, "_IN_MEMORY", 1000)
    server.add("Audit.SharePoint", [record(number) for number in range(50)])
    server.add("Audit.SharePoint", [record(number) for number in range(50, 200)])
    most = len(json.dumps([record(number) for number in range(60)], ensure_ascii=False).encode())
    with Running(tmp_path, declared(server, max_content_bytes=most)) as running:
        assert numbers(running.wait_for(50)) == list(range(50))
        polls(server, 3)
    assert running.trouble("lost") == {"contents longer than max_content_bytes": 1}
    assert not list(running.spool.root.glob("tmp*"))


def test_a_spool_that_cant_be_written_loses_nothing(server, tmp_path, monkeypatch):
    broken = threading.Event()
    append = Spool.append

    def full(spool, *args):
        if not broken.is_set():
            broken.set()
            raise OSError(28, "No space left on device")
        return append(spool, *args)

    monkeypatch.setattr(Spool, "append", full)
    for number in range(10):
        server.add("Audit.SharePoint", [record(number)], HOUR)
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(10)) == list(range(10))
        polls(server)
    assert numbers(running.records()) == list(range(10))


def test_a_restart_stores_nothing_twice(server, tmp_path):
    for number in range(10):
        server.add("Audit.SharePoint", [record(number)])
    for more in range(10, 13):
        with Running(tmp_path, declared(server)) as running:
            running.wait_for(more)
            server.add("Audit.SharePoint", [record(more), record(more - 5)])
            running.wait_for(more + 1)
    assert numbers(running.records()) == list(range(13))


def test_the_certificate_proves_who_we_are_whatever_our_clock_says(server, tmp_path):
    subject = ("-subj", "/CN=sparhund", "-days", "2", "-keyout", "app.key", "-out", "app.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    certificate = x509.load_pem_x509_certificate((tmp_path / "app.pem").read_bytes())
    server.certificates[thumbprint(certificate.public_bytes(Encoding.DER))] = certificate.public_key()
    server.offset = -HOUR
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server, client_secret=None, certificate="app.pem", key="app.key")) as running:
        running.wait_for(1)
        server.revoke()
        server.add("Audit.SharePoint", [record(2)])
        running.wait_for(2)
    assert running.trouble("refused") == {}


def test_a_proxy_is_taken_from_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", server.management)
    server.login = server.management = "http://localhost:9"  # where nobody answers
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
    assert running.trouble("refused") == {}


def test_tls_is_verified(tmp_path, monkeypatch):
    certificates(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    monkeypatch.setattr(line, "TRIES", 1)
    with Server(tls) as server:
        server.add("Audit.SharePoint", [record(1)])
        with Running(tmp_path, declared(server)) as running:
            until(lambda: running.trouble("refused"))
        assert running.trouble("refused").keys() == {"localhost: its certificate is not trusted"}
        assert not server.requests
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "town.pem"))
        with Running(tmp_path, declared(server)) as running:
            running.wait_for(1)
        assert server.violations == []


REFUSED = {
    "tenant": ({"tenant": "kommun.onmicrosoft.example"}, "tenant: want a GUID"),
    "client": ({"client_id": "sparhund"}, "client_id: want a GUID"),
    "no secret": ({"client_secret": None}, "client_secret: missing"),
    "two secrets": ({"certificate": "a.pem"}, "certificate: and client_secret: want one of them"),
    "empty": ({"client_secret": ""}, "client_secret: is empty"),
    "a key alone": ({"key": "a.key"}, "certificate: missing"),
    "no TLS": ({"url": "http://manage.example"}, "url: want https"),
    "a path": ({"login": "https://login.example/tenant"}, "login: want https"),
    "no host": ({"url": "https://[x"}, "url: want https"),
    "content": ({"content_types": ["Audit.Sharepoint"]}, "content_types: want some of Audit.AzureActiveDirectory"),
    "twice": ({"content_types": ["DLP.All", "DLP.All"]}, "content_types: want at least one, each once"),
    "none": ({"content_types": []}, "content_types: want at least one"),
    "publisher": ({"publisher": "us"}, "publisher: want a GUID"),
    "none at once": ({"at_once": 0}, "at_once: must be more than 0"),
    "many at once": ({"at_once": 33}, "at_once: must be at most 32"),
    "no size": ({"max_content_bytes": 0}, "max_content_bytes: must be more than 0"),
    "no patience": ({"timeout_s": 0}, "timeout_s: must be more than 0"),
    "source": ({"source": "m366"}, "m366: there is no source of that name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_settings_are_held(case):
    keys, message = REFUSED[case]
    with pytest.raises(SettingsError) as caught:
        settings.parse(declared(None, **keys))
    assert str(caught.value).startswith(f"collect.x: {message}")


UNREADABLE = {
    "no secret": ({"client_secret_file": "none"}, "client_secret_file: {folder}/none: No such file or directory"),
    "an empty secret": ({"client_secret_file": "empty"}, "client_secret_file: is empty"),
    "no text": ({"client_secret_file": "bytes"}, "client_secret_file: is not UTF-8"),
    "no certificate": ({"certificate": "none"}, "certificate: {folder}/none: No such file or directory"),
    "another certificate": ({"certificate": "empty"}, "certificate: holds no certificate (PEM)"),
    "no key": ({"certificate": "server.pem"}, "certificate: holds no private key (PEM, without a password)"),
    "no RSA key": ({"certificate": "server.pem", "key": "server.key"}, "key: want the certificate's own RSA key"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_proves_who_we_are_is_read_before_anything_runs(tmp_path, case):
    keys, message = UNREADABLE[case]
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "bytes").write_bytes(b"\xff")
    certificates(tmp_path)
    with pytest.raises(SettingsError) as caught, Running(tmp_path, declared(None, client_secret=None, **keys)):
        pass
    assert str(caught.value) == f"collect.x: {message.format(folder=tmp_path)}"


def test_whenever_it_is_killed_each_record_is_stored_once(server, tmp_path):
    chance = random.Random(4)
    server.page, server.pace_s = 20, 0.01
    for number in range(0, 3000, 10):
        age = chance.uniform(0, 160) * HOUR
        server.add("Audit.SharePoint", [record(n) for n in range(number, number + 12)], age)
    config = tmp_path / "sparhund.toml"
    config.write_text(toml(declared(server)))
    command = [Path(sys.executable).with_name("sparhund"), "collect", "--config", config]
    spool = Spool(tmp_path / "lake" / "spool")
    for kill in range(3):
        server.script("/audit/", throttled("0"), cut)
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            if kill < 2:
                fetched = server.requests["blob"] + chance.randrange(10, 80)
                until(lambda fetched=fetched: server.requests["blob"] >= fetched)
                process.kill()
            else:
                until(lambda: len(held(spool, "m365")) >= 3002)
                polls(server, 60)
                process.send_signal(signal.SIGTERM)
            told = process.communicate(timeout=PATIENCE_S)[0]
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0
    assert numbers(held(spool, "m365")) == list(range(3002))
    assert re.match(rb"collect\.x\tm365\t\d+\t\d+\n", told)


def test_what_comes_in_becomes_events_and_what_comes_again_days_later_a_repeat(server, town):
    source = Source(name="m365", mapping="m365_audit", overlap_s=691_200)
    server.add("Audit.SharePoint", [record(1), record(2, Operation="FilePreviewed")])
    server.add("Audit.General", [record(3), record(1)])
    spool = Spool(town.root / "spool")
    document = declared(server, content_types=["Audit.SharePoint", "Audit.General"])
    with Running(town.root, document, spool) as running:
        running.wait_for(3)
        polls(server)
    drain(town.writer(source), spool)
    server.offset = 5 * DAY
    server.add("Audit.SharePoint", [record(3), record(2), record(4)])
    document["collect"]["x"]["remember_records"] = 1  # who remembers more, for long enough, stores no repeat
    with Running(town.root, document, spool):
        until(lambda: 4 in numbers(held(spool, "m365")))
    drain(town.writer(source), spool)
    columns = "kind, source_event_id, action, actor_account, src_ip"
    acts = {1: "export", 2: "read", 3: "export", 4: "export"}
    events = [
        {
            "kind": "event",
            "source_event_id": str(uuid.UUID(int=number)),
            "action": action,
            "actor_account": "åsa.berg@kommun.example",
            "src_ip": "192.0.2.10",
        }
        for number, action in acts.items()
    ]
    assert town.rows(columns) == events
    assert set(town.rows("kind", where="kind <> 'event'")) == {"repeat"}
