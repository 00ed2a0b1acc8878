"""Tokens, one-time links and sessions, at the edges of their time."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.auth.store import IDLE_S, LINK_S, MOST_DAYS, SESSION_S, Store
from schemas.errors import LakeError, SettingsError

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def add(store, name="grafana", scope="statistics", days=1):
    return store.add_token(name, scope, days, made_by="anna", now=NOW)


def test_a_token_holds_until_its_days_are_over(store):
    secret = add(store)
    assert store.token(secret, NOW + timedelta(days=1) - SECOND).name == "grafana"
    assert store.token(secret, NOW + timedelta(days=1)) is None


def test_a_revoked_token_is_worth_nothing_and_its_name_stays_taken(store):
    secret = add(store)
    store.revoke_token("grafana", NOW)
    assert store.token(secret, NOW) is None
    assert [each.revoked for each in store.tokens()] == [NOW]
    with pytest.raises(SettingsError, match="name: is taken"):
        add(store)
    with pytest.raises(SettingsError, match="none of that name that is in force"):
        store.revoke_token("grafana", NOW)


def test_no_token_is_found_by_its_name_or_hash(store):
    add(store)
    with sqlite3.connect(store.path) as database:
        (kept,) = database.execute("SELECT hash FROM tokens").fetchone()
    database.close()
    assert [store.token(text, NOW) for text in ("grafana", kept, "")] == [None] * 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "../x"}, "token"),
        ({"name": ""}, "token"),
        ({"scope": "all"}, "scope"),
        ({"days": 0}, "days"),
        ({"days": MOST_DAYS + 1}, "days"),
    ],
)
def test_a_token_that_would_be_too_much_is_not_made(store, given, field):
    with pytest.raises(SettingsError, match=field):
        add(store, **given)
    assert store.tokens() == []


def test_a_link_is_worth_one_session_within_its_time(store):
    code, late = store.add_link("karin", NOW), store.add_link("karin", NOW)
    assert store.begin(code, NOW + timedelta(seconds=LINK_S) - SECOND)
    assert store.begin(code, NOW) is None
    assert store.begin(late, NOW + timedelta(seconds=LINK_S)) is None


def test_whose_a_link_was_is_known_for_a_day_after_it_was_spent(store):
    code, late = store.add_link("karin", NOW), store.add_link("bo.c", NOW)
    store.begin(code, NOW)
    store.add_link("anna.b", NOW + timedelta(hours=23))
    assert [store.account_of(each) for each in (code, late, "another")] == ["karin", "bo.c", None]
    store.add_link("anna.b", NOW + timedelta(days=2))
    assert [store.account_of(each) for each in (code, late)] == [None, None]


def test_a_session_ends_when_it_is_idle_and_lives_on_while_it_is_used(store):
    cookie = store.begin(store.add_link("karin", NOW), NOW)
    idle = timedelta(seconds=IDLE_S)
    assert store.session(cookie, NOW + idle - SECOND).account == "karin"
    assert store.session(cookie, NOW + 2 * idle - 2 * SECOND).account == "karin"
    assert store.session(cookie, NOW + 3 * idle) is None


def test_a_session_that_is_always_used_ends_after_a_day_of_work(store):
    cookie = store.begin(store.add_link("karin", NOW), NOW)
    last = NOW + timedelta(seconds=SESSION_S)
    at = NOW
    while at < last - SECOND:
        at = min(at + timedelta(seconds=IDLE_S / 2), last - SECOND)
        assert store.session(cookie, at)
    assert store.session(cookie, last) is None


def test_a_session_that_was_ended_is_over(store):
    cookie = store.begin(store.add_link("karin", NOW), NOW)
    store.end(store.session(cookie, NOW).key)
    assert store.session(cookie, NOW) is None


def test_each_session_has_secrets_of_its_own(store):
    cookies = [store.begin(store.add_link("karin", NOW), NOW) for _ in range(3)]
    sessions = [store.session(cookie, NOW) for cookie in cookies]
    secrets = {*cookies, *(each.key for each in sessions), *(each.csrf for each in sessions)}
    assert len(secrets) == 9


def test_only_its_owner_reads_the_file_and_no_secret_stands_in_it(store):
    said = [add(store), store.add_link("karin", NOW)]
    said.append(store.begin(store.add_link("karin", NOW), NOW))
    for path in store.path.parent.glob("access.sqlite*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        held = path.read_bytes()
        assert not [secret for secret in said if secret.encode() in held]


def test_a_file_that_is_no_store_is_named(tmp_path):
    (tmp_path / "access.sqlite").write_text("not a database" * 100)
    with pytest.raises(LakeError, match="can't be used"):
        Store(tmp_path)
