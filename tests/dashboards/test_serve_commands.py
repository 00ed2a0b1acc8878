"""`sparhund serve`, `link` and `token`, as whoever looks after the server uses them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from dashboards.auth.store import SCOPES
from dashboards.cli import cli, token
from ingest.torture.ports import free_port
from schemas.errors import LakeError, QuestionError, SettingsError
from tests.dashboards.town import town
from tests.ingest.running import until

PATIENCE_S = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return town(tmp_path_factory.getbasetemp())


def run(folder: Path, *words: str) -> str:
    result = CliRunner().invoke(cli, [*words, "--config", str(folder / "settings.toml")], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@contextmanager
def served(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process, its address and the link that it printed."""
    command = [sys.executable, "-c", "from dashboards.cli import main; main()", "serve"]
    command += ["--config", str(folder / "settings.toml"), *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().removeprefix("sparhund: ").strip()
            yield process, address, process.stdout.readline().strip()
        finally:
            process.kill()


def get(address: str, **headers: str) -> httpx.Response:
    return httpx.get(address, headers=headers, trust_env=False, timeout=PATIENCE_S, follow_redirects=True)


def test_it_serves_pages_and_answers_until_it_is_stopped(folder: Path) -> None:
    secret = run(folder, "token", "add", "prov").strip()
    with served(folder, "--listen", f"127.0.0.1:{free_port()}") as (process, address, link):
        assert link.startswith(f"{address}signin?code=")
        page = get(link)
        assert page.status_code == 200
        assert "Logga in" in page.text
        answer = get(f"{address}api/v1/questions/access_by_level", Authorization=f"Bearer {secret}")
        assert answer.status_code == 200
        assert answer.json()["rows"]
        assert "server" not in answer.headers
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr
        assert process.stderr.read() == ""


def test_it_tells_how_it_stands_where_the_settings_say_so(folder: Path, tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    text = (folder / "settings.toml").read_text(encoding="utf-8")
    config = folder / "watched.toml"
    config.write_text(f'{text}\n[operations]\nserve = "{place}"\n', encoding="utf-8")
    with served(folder, "--config", str(config), "--listen", f"127.0.0.1:{free_port()}") as (_, address, _link):
        assert get(f"{address}api/v1/me").status_code == 401
        assert get(f"{address}api/v1/openapi.json").status_code == 200
        assert get(f"http://{place}/readyz").text == "ok\n"
        told = get(f"http://{place}/metrics").text
        assert 'sparhund_serve_requests_total{status="401"} 1.0' in told
        assert "sparhund_serve_under_way 0.0" in told
        assert "sparhund_serve_seconds_count 2.0" in told
        (folder / "lake" / "lake.json").rename(tmp_path / "lake.json")
        try:
            until(lambda: get(f"http://{place}/readyz").text == "the lake can't be read\n")
        finally:
            (tmp_path / "lake.json").rename(folder / "lake" / "lake.json")
        until(lambda: get(f"http://{place}/readyz").status_code == 200)


def test_a_taken_address_is_told(folder: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    with served(folder, "--listen", place):
        words = ["serve", "--config", str(folder / "settings.toml"), "--listen", place]
        with pytest.raises(LakeError, match="Address already in use"):
            CliRunner().invoke(cli, words, catch_exceptions=False)


@pytest.mark.parametrize("listen", ["0.0.0.0:8600", "[::]:8600", "10.0.0.1:8600"])
def test_other_machines_are_not_answered_without_a_certificate(folder: Path, listen: str) -> None:
    words = ["serve", "--config", str(folder / "settings.toml"), "--listen", listen]
    with pytest.raises(SettingsError, match="certificate: missing"):
        CliRunner().invoke(cli, words, catch_exceptions=False)


def test_a_certificate_that_is_not_there_is_named_before_an_address_is_printed(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    with config.open("w", encoding="utf-8") as settings:
        settings.write(f'[lake]\nroot = "{folder / "lake"}"\n[serve]\nlisten = "127.0.0.1:{free_port()}"\n')
        settings.write('certificate = "web.pem"\ncertificate_key = "web.key"\n')
    with pytest.raises(SettingsError, match=r"serve: certificate: .*web\.pem: No such file"):
        CliRunner().invoke(cli, ["serve", "--config", str(config)], catch_exceptions=False)


@pytest.mark.parametrize("listen", ["8600", "127.0.0.1", "localhost:8600", "127.0.0.1:99999", ""])
def test_what_is_no_address(folder: Path, listen: str) -> None:
    words = ["serve", "--config", str(folder / "settings.toml"), "--listen", listen]
    with pytest.raises(SettingsError, match="listen"):
        CliRunner().invoke(cli, words, catch_exceptions=False)


def test_a_link_is_to_the_server_of_the_settings(folder: Path) -> None:
    assert run(folder, "link").startswith("http://127.0.0.1:8600/signin?code=")


def test_a_token_is_shown_once_listed_and_revoked(folder: Path) -> None:
    secret = run(folder, "token", "add", "grafana", "--days", "7").strip()
    assert secret.startswith("sparhund_")
    listed = run(folder, "token", "list")
    assert "grafana" in listed
    assert secret not in listed
    assert run(folder, "token", "revoke", "grafana") == "grafana: återkallad\n"
    assert "grafana" in run(folder, "token", "list", "--language", "en")
    with pytest.raises(SettingsError, match="none of that name that is in force"):
        run(folder, "token", "revoke", "grafana")
    with pytest.raises(SettingsError, match="name: is taken"):
        run(folder, "token", "add", "grafana")


def test_what_shows_persons_says_why(folder: Path) -> None:
    with pytest.raises(QuestionError, match="purpose: missing"):
        run(folder, "token", "add", "skript", "--scope", "read")
    with pytest.raises(QuestionError, match="purpose: says nothing"):
        run(folder, "token", "add", "skript", "--scope", "read", "--purpose", "x")
    run(folder, "token", "add", "skript", "--scope", "read", "--purpose", "Uppföljning")


@pytest.mark.parametrize(
    "words", [["link"], ["token", "list"], ["token", "add", "x"], ["token", "revoke", "x"], ["serve"]]
)
def test_without_a_lake_nothing_is_made(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(LakeError, match="there is no lake here"):
        CliRunner().invoke(cli, [*words, "--lake", str(tmp_path / "lake")], catch_exceptions=False)
    assert not (tmp_path / "lake").exists()


def test_scopes_of_the_command_are_the_stores() -> None:
    assert token._SCOPES == SCOPES


def test_who_made_a_token_stands_in_the_spool(folder: Path) -> None:
    run(folder, "token", "add", "spar")
    held = b"".join(path.read_bytes() for path in (folder / "lake" / "spool" / "sparhund").rglob("*") if path.is_file())
    assert json.dumps({"token": "spar", "scope": "statistics"})[1:-1].encode() in held
