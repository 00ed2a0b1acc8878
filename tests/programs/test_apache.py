"""Apache httpd as Debian ships it, with its log formats, read by the mapping web_access."""

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.torture.ports import free_port
from tests.programs.people import let_in
from tests.programs.web_requests import ACCOUNTS, REQUESTS, ask, hold, read, running, send

pytestmark = pytest.mark.program("apache2")

MODULES = "mpm_event authn_core authn_file authz_core authz_user auth_basic dir log_debug"
FORMATS = {
    "common": '%h %l %u %t \\"%r\\" %>s %b',
    "combined": '%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"',
    "vhost": '%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"',
    "more": '%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" \\"%{X-Forwarded-For}i\\" %D',
    "json": '{\\"time\\":\\"%{%Y-%m-%dT%H:%M:%S%z}t\\",\\"remote_addr\\":\\"%a\\",\\"user\\":\\"%u\\",'
    '\\"request\\":\\"%r\\",'
    '\\"status\\":%>s,\\"user_agent\\":\\"%{User-Agent}i\\"}',
}


def settings(folder: Path, port: int) -> str:
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in MODULES.split()
        if Path(f"/usr/lib/apache2/modules/mod_{name}.so").exists()
    )
    logs = "\n".join(f'CustomLog {folder}/{name}.log "{text}"' for name, text in FORMATS.items())
    return f"""
ServerRoot {folder}
ServerName www.kommun.example
PidFile {folder}/pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
Listen [::1]:{port}
{modules}
User www-data
Group www-data
DocumentRoot {folder}/files
{logs}
<Directory {folder}/files>
  Require all granted
</Directory>
<Location /hemligt/>
  AuthType Basic
  AuthName hemligt
  AuthUserFile {folder}/accounts
  Require valid-user
</Location>
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A folder with the logs of one run, and when it began."""
    folder = tmp_path_factory.mktemp("apache")
    let_in(folder)
    files = folder / "files"
    (files / "hemligt").mkdir(parents=True)
    (files / "start").write_text("hej")
    (files / "hemligt" / "index.html").write_text("hemligt")
    hashed = {
        name: base64.b64encode(hashlib.sha1(secret.encode()).digest()).decode() for name, secret in ACCOUNTS.items()
    }
    (folder / "accounts").write_text("".join(f"{name}:{{SHA}}{secret}\n" for name, secret in hashed.items()))
    port = free_port()
    config = folder / "apache.conf"
    config.write_text(settings(folder, port))
    began = datetime.now(UTC)
    with running(["apache2", "-X", "-d", str(folder), "-f", str(config)], port):
        assert ask(port) == [each.status for each in REQUESTS]
        # No account name before the colon: httpd logs two quotes.
        send("127.0.0.1", port, b"GET /hemligt/ HTTP/1.0\r\nAuthorization: Basic OmhlbWxpZ3Q=\r\n\r\n")
    return folder, began


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_every_request(logs: tuple[Path, datetime], name: str) -> None:
    folder, began = logs
    *records, empty = read(folder / f"{name}.log")
    hold(records, began, agents=name != "common")
    assert "actor_account" not in empty["events"][0]
    assert empty["events"][0]["outcome"] == "failure"


def test_the_error_log_tells_who_failed_to_log_on(logs: tuple[Path, datetime]) -> None:
    folder, _ = logs
    records = read(folder / "error.log", zone="UTC")
    assert not [each for each in records if "reject" in each]
    failed = [each["events"][0] for each in records if each["events"][0]["action"] == "login"]
    assert ("anna.berg", "failure", "127.0.0.1") in [
        (each.get("actor_account"), each["outcome"], each.get("src_ip")) for each in failed
    ]
    assert all(each["src_port"] > 0 for each in failed)
