"""rsyslog as Debian ships it, with omkafka, filling a topic of a real broker by the configuration that we ship."""

import json
import re
import signal
import subprocess
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.source import Source
from tests.ingest.kafka.test_topics import reading, stored, until

pytestmark = [pytest.mark.program("rsyslog-kafka"), pytest.mark.program("mvn")]

SAMPLE = Path(__file__).parents[3] / "deploy" / "samples" / "rsyslog-omkafka.conf"
LINUX = Source(name="linux", mapping="linux_auth")
# What a machine logs: here a file stands for its journal.
INPUT = """
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="{folder}/auth.log" tag="sshd[77]:" facility="auth")
"""
RECORD = re.compile(
    rb"<37>1 \d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d \S+ sshd 77 - -  ?Accepted password for user\d+ .*\n?"
)
TEXT = "Accepted password for user{0} from 192.0.2.1 port {0} ssh2\n"


def configuration(folder, address):
    """The sample, but for addresses and what guards the broker."""
    text = SAMPLE.read_text()
    for there, here in (
        ('broker=["kafka1.kommun.example:9093", "kafka2.kommun.example:9093"]', f'broker=["{address}"]'),
        ('"security.protocol=SASL_SSL", "ssl.ca.location=/etc/rsyslog/ca.pem",', ""),
        ('"sasl.mechanisms=SCRAM-SHA-512", "sasl.username=web1", "sasl.password=replace-me"', ""),
        ("/var/spool/rsyslog", str(folder)),
    ):
        assert there in text, there
        text = text.replace(there, here)
    return re.sub(r",\s*\]", "]", text) + INPUT.format(folder=folder)


@contextmanager
def rsyslog(folder, address):
    (folder / "rsyslog.conf").write_text(configuration(folder, address))
    command = ["rsyslogd", "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")]
    with (folder / "said").open("ab") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def write(folder, *numbers):
    with (folder / "auth.log").open("a") as file:
        file.writelines(TEXT.format(number) for number in numbers)


def users(town):
    return [int(name.removeprefix("user")) for name in town.rows("actor_account")]


def test_what_rsyslog_sends_to_a_topic_becomes_events_also_when_the_broker_is_killed(town, broker, tmp_path):
    """A file stands for a machine's log. What rsyslog sends twice, since it wasn't answered, lies at two offsets."""
    there, topic = tmp_path / "there", "linux-auth"
    there.mkdir()
    broker.topic(topic, 2)
    chosen = broker.settings(topics={topic: "linux"}, group=uuid.uuid4().hex)
    with reading(town, chosen, LINUX) as reader:
        write(there, *range(500))
        with rsyslog(there, broker.address):
            stored(town, 500)
            broker.stop(signal.SIGKILL)
            for first in range(500, 3000, 500):
                write(there, *range(first, first + 500))
                time.sleep(1.2)  # it looks each second
            broker.start()
            stored(town, 3000)
            until(lambda: {*users(town)} == {*range(3000)})
        assert reader.contact.reachable
    assert len(users(town)) <= 3010
    assert town.rows("kind", where="kind <> 'event'") == []
    assert town.rows("DISTINCT action") == ["login"]
    (context,) = town.rows("DISTINCT context", "contexts", "true")
    assert json.loads(context)["key"]
    record, *_ = town.rows("record", "evidence", "position = 0")
    assert RECORD.fullmatch(record)
