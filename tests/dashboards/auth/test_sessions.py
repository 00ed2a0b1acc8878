"""Who signed in when, and out: in the self-audit, and asked for as any other sign-in."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from analytics.answer import Ask, answers
from analytics.installation import OWN, installation
from analytics.question import question
from dashboards.auth import sessions
from dashboards.auth.store import Store
from dashboards.auth.visitor import COOKIE
from dashboards.cli import cli
from dashboards.server.rates import Rate
from ingest.spool import Spool
from tests.dashboards.api.conftest import acts, client, position
from tests.dashboards.conftest import Served
from tests.dashboards.town import town


@pytest.fixture
def asking(served: Served) -> Iterator[httpx.Client]:
    """Somebody who isn't signed in."""
    with client(served.address) as found:
        yield found


def sign_in(asking: httpx.Client, code: str) -> int:
    return asking.post("/signin", data={"code": code}).status_code


def sign_out(asking: httpx.Client) -> None:
    csrf = re.findall(r'name="csrf" value="([^"]*)"', asking.get("/questions").text)[0]
    assert asking.post("/out", data={"csrf": csrf}).headers["location"] == "/signin"


def code(served: Served) -> str:
    return served.link().partition("code=")[2]


def told(served: Served, since: int) -> list[tuple[str, str, str | None, str | None]]:
    """Question, act, account and the session's end's cause of each act since then."""
    return [(each["question"], each["act"], each["account"], each["params"].get("by")) for each in acts(served, since)]


def test_signing_in_and_out_are_acts_of_one_session(served: Served, asking: httpx.Client) -> None:
    since = position(served)
    assert sign_in(asking, code(served)) == 303
    sign_out(asking)
    assert told(served, since) == [("sign in", "began", "karin", None), ("sign out", "ended", "karin", "sign out")]
    began, ended = acts(served, since)
    assert began["ask"] == ended["ask"]
    assert began["params"] == {"address": "127.0.0.1"}


def test_a_new_sign_in_ends_the_session_before_and_both_are_acts(served: Served, asking: httpx.Client) -> None:
    since = position(served)
    assert [sign_in(asking, code(served)) for _ in range(2)] == [303, 303]
    first, second, ended = acts(served, since)
    assert told(served, since)[1:] == [("sign in", "began", "karin", None), ("sign out", "ended", "karin", "sign in")]
    assert ended["ask"] == first["ask"] != second["ask"]


def test_a_refused_link_is_an_act_with_whose_it_was_and_never_its_code(served: Served, asking: httpx.Client) -> None:
    spent = code(served)
    sign_in(asking, spent)
    cookie = asking.cookies[COOKIE]
    since = position(served)
    assert [sign_in(asking, each) for each in (spent, "of-nobody")] == [401, 401]
    assert told(served, since) == [("sign in", "failed", "karin", None), ("sign in", "failed", None, None)]
    written = json.dumps(acts(served))
    assert not [secret for secret in (spent, "of-nobody", cookie) if secret in written]


def test_nobody_is_signed_in_by_a_link_that_can_not_be_recorded(
    served: Served, asking: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "append", full)
    assert sign_in(asking, code(served)) == 503
    assert COOKIE not in asking.cookies
    monkeypatch.undo()
    assert sign_in(asking, code(served)) == 303
    monkeypatch.setattr(Spool, "append", full)
    csrf = re.findall(r'name="csrf" value="([^"]*)"', asking.get("/questions").text)[0]
    assert asking.post("/out", data={"csrf": csrf}).status_code == 503
    monkeypatch.undo()
    assert asking.get("/questions").status_code == 303, "the session is over all the same"


def test_of_made_up_links_only_so_many_are_written_down(
    served: Served, asking: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.desk, "nobodys", Rate(1e-9, 2))
    monkeypatch.setattr(served.desk, "signing", Rate(1e6, 1_000_000))
    spent = code(served)
    sign_in(asking, spent)
    asking.cookies.clear()
    since = position(served)
    for _ in range(4):
        assert sign_in(asking, "made-up") == 401
    assert sign_in(asking, spent) == 401
    assert [account for _, _, account, _ in told(served, since)] == [None, None, "karin"]


def test_an_auditor_asks_who_signed_in_when(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = town(tmp_path_factory.getbasetemp())
    config = str(folder / "settings.toml")
    home = installation(None, Path(config))
    store = Store(home.root)
    link = store.add_link("karin", datetime.now(UTC))
    cookie = sessions.begin(home, store, link, address="10.0.0.7", before=None, nobodys=Rate(1, 9))
    assert cookie
    assert sessions.begin(home, store, link, address="10.0.0.8", before=None, nobodys=Rate(1, 9)) is None
    session = store.session(cookie, datetime.now(UTC))
    assert session
    sessions.end(home, store, session)
    assert CliRunner().invoke(cli, ["ingest", "--config", config], catch_exceptions=False).exit_code in {0, 1}
    (found,) = answers(home, [Ask(question("logins"), {"system": OWN})], purpose="prov")
    rows = found.rows.select(["actor_account", "src_ip", "outcome", "events"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("karin", "10.0.0.7", "success", 1),
        ("karin", "10.0.0.8", "failure", 1),
    ]
