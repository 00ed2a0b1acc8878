"""Configurations for senders: rsyslog's by rsyslogd itself, and what rsyslog writes by them is read by our mapping."""

import json
import re
import socket
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.torture.ports import free_port
from tests.ingest.listening import PATIENCE_S, until

FOLDER = Path(__file__).parents[2] / "deploy" / "samples"
RSYSLOG = [
    pytest.param(path, marks=pytest.mark.program(program))
    for path in sorted(FOLDER.glob("rsyslog-*.conf"))
    for program in [
        {"rsyslog-omrelp.conf": "rsyslog"}.get(path.name, f"rsyslog-{path.stem.removeprefix('rsyslog-om')}")
    ]
]


def configuration(path, folder):
    text = path.read_text().replace("/var/spool/rsyslog", str(folder)).replace("/etc/rsyslog", str(folder))
    for name in ("ca.pem", "web1.pem", "web1.key"):
        (folder / name).touch()
    return text


def check(text, folder):
    (folder / "rsyslog.conf").write_text(text)
    command = ["rsyslogd", "-N1", "-f", str(folder / "rsyslog.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("path", RSYSLOG)
def test_rsyslog_takes_its_configuration_and_would_refuse_a_wrong_one(path, tmp_path):
    text = configuration(path, tmp_path)
    code, said = check(text, tmp_path)
    assert code == 0, said
    assert "error" not in said
    code, said = check(text.replace("queue.fileName", "queue.fielName"), tmp_path)
    assert code == 1, said


@pytest.mark.program("rsyslog")
def test_what_rsyslog_sends_as_a_document_is_a_login(tmp_path):
    text = (FOLDER / "rsyslog-omelasticsearch.conf").read_text()
    template = re.search(r"^template\(.*?^\}", text, re.MULTILINE | re.DOTALL)[0]
    port, out = free_port(), tmp_path / "documents.json"
    config = (
        f'module(load="imudp")\ninput(type="imudp" port="{port}" address="127.0.0.1")\n{template}\n'
        f'action(type="omfile" file="{out}" template="document")\n'
    )
    (tmp_path / "rsyslog.conf").write_text(config)
    command = ["rsyslogd", "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
    said = "Accepted password for anna.b from 192.0.2.1 port 4711 ssh2"
    line = f"<86>1 2026-03-01T15:00:00.123456+01:00 web1 sshd 77 - - {said}".encode()

    def come():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(line, ("127.0.0.1", port))
        return out.exists() and out.read_bytes()

    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(come)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
    out.write_text(out.read_text().partition("}")[0] + "}\n")
    shown = CliRunner().invoke(cli, ["normalise", "--source", "linux_auth", str(out)])
    assert shown.exit_code == 0, shown.output
    (event,) = json.loads(shown.output.splitlines()[0])["events"]
    assert (event["action"], event["actor_account"], event["src_ip"]) == ("login", "anna.b", "192.0.2.1")
    assert event["time"] == "2026-03-01T14:00:00.123456Z"


@pytest.mark.parametrize("name", ["vector-http.yaml", "vector-kafka.yaml"])
def test_vector_waits_rather_than_drops_and_tells_its_source_only_what_was_taken(name):
    config = yaml.safe_load((FOLDER / name).read_text())
    stages = {**config["sources"], **config.get("transforms", {})}
    for sink in config["sinks"].values():
        assert {each.split(".")[0] for each in sink["inputs"]} <= set(stages)
        assert sink["acknowledgements"]["enabled"]
        assert (sink["buffer"]["type"], sink["buffer"]["when_full"]) == ("disk", "block")
        assert sink["type"] != "kafka" or sink["message_timeout_ms"] == 0
    for source in config["sources"].values():
        assert source["max_line_bytes"] > 1 << 20


@pytest.mark.parametrize("name", ["fluent-bit-http.conf", "fluent-bit-kafka.conf"])
def test_fluent_bit_keeps_on_disk_what_was_not_taken_and_never_gives_it_up(name):
    sections = re.split(r"^\[(\w+)\]$", (FOLDER / name).read_text(), flags=re.MULTILINE)[1:]
    found = {
        section: dict(line.split(None, 1) for line in text.splitlines() if line.strip() and line.strip()[0] != "#")
        for section, text in zip(sections[::2], sections[1::2], strict=True)
    }
    assert found["INPUT"]["storage.type"] == "filesystem"
    assert found["SERVICE"]["storage.path"]
    assert found["OUTPUT"]["Retry_Limit"] == "no_limits"
    assert found["INPUT"]["Read_from_Head"].strip() == "On"
    assert found["INPUT"]["Buffer_Max_Size"].strip() == "8M"
    if "kafka" in name:
        assert found["OUTPUT"]["rdkafka.message.timeout.ms"].strip() == "0"
    else:  # the parser is one of ours, which leaves the record whole
        parsers = (FOLDER / "fluent-bit-parsers.conf").read_text()
        assert re.search(r"Name\s+(\S+)", parsers)[1] == found["INPUT"]["Parser"].strip()
        assert "Time_Key" not in parsers


def test_the_way_to_the_collector_is_the_one_that_it_has():
    for name in ("vector-http.yaml", "fluent-bit-http.conf"):
        assert re.search(r"/v1/records/[a-z]+$", (FOLDER / name).read_text(), re.MULTILINE)
