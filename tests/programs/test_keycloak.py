"""Keycloak from Maven Central, asked through its own interfaces; log and events, read by the mapping keycloak."""

import contextlib
import io
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.torture.ports import free_port
from schemas.source import Source
from tests import reading

pytestmark = pytest.mark.program("mvn")

START = Path(__file__).parents[2] / "deploy" / "keycloak" / "start"
PATIENCE_S = 240  # the first start builds for 20 s on two idle cores, and several times that beside other tests


class Server:
    """A Keycloak on loopback, as its administrator sees it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, form: dict[str, str] | None = None) -> Any:
        """The answer's JSON, its Location, or its status if it is an error."""
        data = urllib.parse.urlencode(form).encode() if form else None if body is None else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        request = urllib.request.Request(self.address + path, data, {"Content-Type": kind}, method=method)
        if self.token and not form:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return json.loads(text) if text else answer.headers.get("Location", "")
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def log_on(self, realm: str, name: str, secret: str) -> Any:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": name, "password": secret}
        return self.call("POST", f"/realms/{realm}/protocol/openid-connect/token", form=form)


@contextlib.contextmanager
def keycloak(log: Path, said: Path) -> Iterator[Server]:
    port = free_port()
    with said.open("wb") as console:
        process = subprocess.Popen([START, str(port), str(log)], stdout=console, stderr=console, start_new_session=True)
    try:
        server = Server(port)
        end = time.monotonic() + PATIENCE_S
        while True:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, "Keycloak does not answer"
            with contextlib.suppress(OSError):
                answer = server.log_on("master", "admin", "admin")
                if isinstance(answer, dict):
                    server.token = answer["access_token"]
                    break
            time.sleep(0.5)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was done, and every form in which Keycloak tells it."""
    folder = tmp_path_factory.mktemp("keycloak")
    began = datetime.now(UTC)
    with keycloak(folder / "json.log", folder / "console.log") as server:
        realm = {"realm": "kommun", "enabled": True, "eventsEnabled": True, "adminEventsEnabled": True}
        server.call("POST", "/admin/realms", {**realm, "adminEventsDetailsEnabled": True})
        person = {"username": "anna.berg", "enabled": True, "email": "anna@kommun.example", "emailVerified": True}
        person |= {"firstName": "Anna", "lastName": "Berg"}
        secret = {"type": "password", "value": "hemligt-1", "temporary": False}
        user = server.call("POST", "/admin/realms/kommun/users", {**person, "credentials": [secret]}).split("/")[-1]
        server.call("POST", "/admin/realms/kommun/roles", {"name": "handläggare"})
        roles = [each for each in server.call("GET", "/admin/realms/kommun/roles") if each["name"] == "handläggare"]
        server.call("POST", f"/admin/realms/kommun/users/{user}/role-mappings/realm", roles)
        tokens = server.log_on("kommun", "anna.berg", "hemligt-1")
        assert server.log_on("kommun", "anna.berg", "fel") == 401
        assert server.log_on("kommun", "ingen.alls", "fel") == 401
        form = {"client_id": "admin-cli", "refresh_token": tokens["refresh_token"]}
        server.call("POST", "/realms/kommun/protocol/openid-connect/logout", form=form)
        server.call("DELETE", f"/admin/realms/kommun/users/{user}/role-mappings/realm", roles)
        events = server.call("GET", "/admin/realms/kommun/events")
        admin_events = server.call("GET", "/admin/realms/kommun/admin-events")
        server.call("DELETE", f"/admin/realms/kommun/users/{user}")
        admin = server.call("GET", "/admin/realms/master/users?username=admin")[0]["id"]
    return {
        "user": user,
        "admin": admin,
        "began": began,
        "console": (folder / "console.log").read_bytes(),
        "json": (folder / "json.log").read_bytes(),
        "events": json.dumps([*reversed(events)]).encode(),
        "admin_events": json.dumps([*reversed(admin_events)]).encode(),
    }


def read(data: bytes) -> list[dict[str, Any]]:
    source = Source(name="sso", mapping="keycloak", zone=offset())
    records = reading.records(io.BytesIO(data), source)
    assert not [each for each in records if "reject" in each]
    return [event for each in records for event in each["events"]]


def offset() -> str:
    """The zone that a program on this machine writes its clock in."""
    text = datetime.now().astimezone().strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def facts(events: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(each.get(name) for name in names) for each in events]


@pytest.mark.parametrize("form", ["console", "json"])
def test_the_log_tells_what_was_done(run: dict[str, Any], form: str) -> None:
    # What the shell and the build say before the log begins is no record of the log.
    data = run[form][run[form].index(b"20") :] if form == "console" else run[form]
    events = [each for each in read(data) if json.loads(each["details"]).get("realmName") == "kommun"]
    assert facts(events, "action", "outcome", "actor_account", "src_ip") == [
        ("login", "success", "anna.berg", "127.0.0.1"),
        ("login", "failure", "anna.berg", "127.0.0.1"),
        ("login", "failure", "ingen.alls", "127.0.0.1"),
        ("logout", "success", run["user"], "127.0.0.1"),
    ]
    changes = [each for each in read(data) if each.get("target_account") == run["user"]]
    assert facts(changes, "action", "outcome", "actor_account") == [
        ("account_create", "success", run["admin"]),
        ("grant", "success", run["admin"]),
        ("revoke", "success", run["admin"]),
        ("account_delete", "success", run["admin"]),
    ]
    for each in events + changes:
        when = datetime.fromisoformat(each["time"])
        assert run["began"] - timedelta(seconds=1) <= when <= datetime.now(UTC) + timedelta(seconds=1)


def test_the_interface_tells_the_same(run: dict[str, Any]) -> None:
    events = read(run["events"])
    assert facts(events, "action", "outcome", "actor_account") == [
        ("login", "success", "anna.berg"),
        ("login", "failure", "anna.berg"),
        ("login", "failure", "ingen.alls"),
        ("logout", "success", run["user"]),
    ]
    assert all(each["source_event_id"] for each in events)


def test_the_interface_names_the_role_that_was_given(run: dict[str, Any]) -> None:
    given = [each for each in read(run["admin_events"]) if each["action"] in {"grant", "revoke"}]
    names = ("action", "actor_account", "target_account", "target_group", "src_ip")
    assert facts(given, *names) == [
        ("grant", run["admin"], run["user"], "handläggare", "127.0.0.1"),
        ("revoke", run["admin"], run["user"], "handläggare", "127.0.0.1"),
    ]
