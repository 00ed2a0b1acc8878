"""nginx as Debian ships it, with its log formats, read by the mapping web_access."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.torture.ports import free_port
from tests.programs.web_requests import ACCOUNTS, REQUESTS, ask, hold, read, running

pytestmark = pytest.mark.program("nginx")

JSON_FIELDS = (
    '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","remote_port":"$remote_port","remote_user":"$remote_user",'
    '"request":"$request","status":"$status","http_user_agent":"$http_user_agent","request_id":"$request_id"}'
)
FORMATS = {
    "common": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent',
    "vhost": '$host:$server_port $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent"',
    "more": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent" "$http_x_forwarded_for" rt=$request_time',
}


def settings(folder: Path, port: int, syslog_port: int) -> str:
    formats = "\n".join(f"log_format {name} '{text}';" for name, text in FORMATS.items())
    logs = "\n".join(f"access_log {folder}/{name}.log {name};" for name in (*FORMATS, "combined", "json", "bare_json"))
    temporary = "\n".join(
        f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log info;
events {{ worker_connections 32; }}
http {{
  {temporary}
  {formats}
  log_format json escape=json '{JSON_FIELDS}';
  log_format bare_json '{JSON_FIELDS}';
  {logs}
  access_log syslog:server=127.0.0.1:{syslog_port},tag=nginx combined;
  server {{
    listen 127.0.0.1:{port}; listen [::1]:{port}; root {folder}/files; default_type text/plain;
    location / {{ try_files $uri =404; }}
    location /hemligt/ {{ auth_basic "hemligt"; auth_basic_user_file {folder}/accounts; try_files /start =404; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A folder with the logs of one run, and when it began."""
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    (folder / "files").mkdir()
    (folder / "files" / "start").write_text("hej")
    (folder / "accounts").write_text("".join(f"{name}:{{PLAIN}}{secret}\n" for name, secret in ACCOUNTS.items()))
    port = free_port()
    began = datetime.now(UTC)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(5)
        config = folder / "nginx.conf"
        config.write_text(settings(folder, port, syslog.getsockname()[1]))
        with running(["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")], port):
            assert ask(port) == [each.status for each in REQUESTS]
            lines = [syslog.recv(65536) for _ in range(len(REQUESTS) + 1)]
        (folder / "syslog.log").write_bytes(b"\n".join(lines) + b"\n")
    return folder, began


@pytest.mark.parametrize("name", ["combined", "vhost", "more", "json", "bare_json", "syslog"])
def test_every_format_tells_every_request(logs: tuple[Path, datetime], name: str) -> None:
    folder, began = logs
    hold(read(folder / f"{name}.log"), began)


def test_the_common_format_has_no_user_agent(logs: tuple[Path, datetime]) -> None:
    folder, began = logs
    hold(read(folder / "common.log"), began, agents=False)


def test_the_error_log_tells_who_failed_to_log_on(logs: tuple[Path, datetime]) -> None:
    folder, _ = logs
    events = [each["events"][0] for each in read(folder / "error.log", zone="UTC")]
    [failed] = [each for each in events if each["action"] == "login"]
    assert (failed["actor_account"], failed["outcome"], failed["src_ip"]) == ("anna.berg", "failure", "127.0.0.1")
    assert failed["object_path"] == "/hemligt/"
