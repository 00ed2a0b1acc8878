"""rsyslog as Debian ships it, with omfwd and omrelp, delivering to our collectors."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.spool import Spool
from ingest.torture.ports import free_port
from tests.ingest.listening import PATIENCE_S, Running, certificates, held, until

pytestmark = pytest.mark.program("rsyslog")

TEXTS = [f"session {number} opened for user åsa by anna.berg(uid={number})" for number in range(500)]
RECORD = re.compile(rb"<133>1 \d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d \S+ prov - - - (.*)", re.DOTALL)
GLOBAL = """
global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriverCAFile="{certificates}/town.pem"
  defaultNetstreamDriverCertFile="{certificates}/web1.pem" defaultNetstreamDriverKeyFile="{certificates}/web1.key")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omrelp")
template(name="rfc5424" type="string" string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% - - - %msg%")
input(type="imfile" file="{folder}/prov.log" tag="prov")
"""
# What rsyslog is told, by the source that our collector makes of it.
ACTIONS = {
    "udp": 'type="omfwd" protocol="udp"',
    "lines": 'type="omfwd" protocol="tcp" tcp_framing="traditional"',
    "octets": 'type="omfwd" protocol="tcp" tcp_framing="octet-counted"',
    "tls": 'type="omfwd" protocol="tcp" tcp_framing="octet-counted" streamDriver="gtls" streamDriverMode="1" '
    'streamDriverAuthMode="x509/name" streamDriverPermittedPeers="localhost"',
    "relp": 'type="omrelp"',
    "relp_tls": 'type="omrelp" tls="on" tls.cacert="{certificates}/town.pem" tls.mycert="{certificates}/web1.pem" '
    'tls.myprivkey="{certificates}/web1.key" tls.authmode="name" tls.permittedpeer=["localhost"]',
}


@contextmanager
def rsyslog(folder, actions, texts):
    """rsyslogd with those actions, at work on a file of TEXTS."""
    (folder / "prov.log").write_text("".join(f"{text}\n" for text in texts))
    config = folder / "rsyslog.conf"
    said = "".join(f'action({action} target="127.0.0.1" template="rfc5424")\n' for action in actions)
    config.write_text((GLOBAL + said).replace("{folder}", str(folder)).replace("{certificates}", str(folder)))
    command = ["rsyslogd", "-n", "-f", str(config), "-i", str(folder / "pid")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            yield
        finally:
            process.kill()


def test_every_way_delivers_every_record(tmp_path):
    certificates(tmp_path)
    keys = {"certificate": str(tmp_path / "server.pem"), "key": str(tmp_path / "server.key")}
    named = {**keys, "client_ca": str(tmp_path / "town.pem"), "senders": {}}
    sections = {
        "udp": {"kind": "syslog_udp"},
        "lines": {"kind": "syslog_tcp"},
        "octets": {"kind": "syslog_tcp"},
        "tls": {"kind": "syslog_tcp", **named},
        "relp": {"kind": "relp"},
        "relp_tls": {"kind": "relp", **named},
    }
    for name, section in sections.items():
        sender = "web1.kommun.example" if "client_ca" in section else "127.0.0.1"
        section.update(listen="127.0.0.1:0", senders={sender: name})
    document = {"sources": {name: {"mapping": "linux_auth"} for name in sections}, "collect": sections}
    with Running(tmp_path, document) as running:
        actions = [f'{action} port="{running.ports[name]}"' for name, action in ACTIONS.items()]
        with rsyslog(tmp_path, actions, TEXTS):
            for name in ACTIONS:
                running.wait_for(name, len(TEXTS))
    for name in ACTIONS:
        assert [RECORD.fullmatch(record)[1].decode() for record in running.records(name)] == TEXTS, name
        assert running.trouble(name) == {}


# Kills itself after so many appends: what came last is durable, and its sender wasn't told.
DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings

left = int(sys.argv[2])

class Dies(Spool):
    def append(self, *words):
        global left
        super().append(*words)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
asyncio.run(collectors.collect(settings.load(folder / "settings.toml"), Dies(folder / "spool"), asyncio.Event()))
"""
CONFIG = """
[sources.relp]
mapping = "linux_auth"
[collect.relp]
kind = "relp"
listen = "127.0.0.1:{port}"
source = "relp"
"""


def test_relp_loses_nothing_when_the_collector_is_killed_before_it_answers(tmp_path):
    port = free_port()
    (tmp_path / "settings.toml").write_text(CONFIG.format(port=port))
    texts = [f"{number}" for number in range(5000)]
    spool = Spool(tmp_path / "spool")

    def delivered():
        return {RECORD.fullmatch(record)[1].decode() for record in held(spool, "relp")}

    certificates(tmp_path)
    patient = f'type="omrelp" port="{port}" action.resumeInterval="1" action.resumeRetryCount="-1"'
    with rsyslog(tmp_path, [patient], texts):
        for appends in (3, 0):
            with subprocess.Popen([sys.executable, "-c", DIES, str(tmp_path), str(appends)]) as process:
                if appends:
                    assert process.wait(PATIENCE_S) == -signal.SIGKILL
                    assert len(delivered()) < len(texts)
                else:
                    until(lambda: len(delivered()) == len(texts))
                    process.kill()
    assert delivered() == set(texts)


def test_what_the_documentation_shows_is_what_rsyslog_takes(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "collect.md").read_text(encoding="utf-8")
    config = tmp_path / "rsyslog.conf"
    shown = re.search(r"^```rsyslog\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    certificates(tmp_path)
    (tmp_path / "town.pem").rename(tmp_path / "ca.pem")
    config.write_text(shown.replace("/var/spool/rsyslog", str(tmp_path)).replace("/etc/rsyslog", str(tmp_path)))
    checked = subprocess.run(["rsyslogd", "-N1", "-f", str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "error" not in checked.stderr
