"""Who sends what in a run, and the settings under which it is received."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from ingest.torture.files import Log
from ingest.torture.records import Pool
from ingest.torture.run import Run
from ingest.torture.sender import Sender, Task
from ingest.torture.strangers import NOISE
from ingest.torture.syslog import Relp, Tcp, Udp, tls
from ingest.torture.topic import Topic
from ingest.torture.truth import AGAIN, ONCE, UNSAID, Truth
from ingest.torture.web import OTHER, TOKEN, Bulk, Http, HttpWithoutKey


@dataclass(frozen=True, slots=True)
class Part:
    """A sender: whose records it sends, what is promised of them, and the collector that takes them."""

    log: str
    promise: str
    collector: str = ""  # empty = a log file, or a topic of its own


# By name, which is the source's too.
CAST: dict[str, Part] = {
    "http": Part("m365", ONCE, "http"),
    "keyless": Part("m365", AGAIN, "http"),
    "bulk": Part("entra", ONCE, "bulk"),
    "relp": Part("print", AGAIN, "relp"),
    "tcp": Part("print", UNSAID, "tcp"),
    "tls": Part("print", UNSAID, "tls"),
    "udp": Part("print", UNSAID, "udp"),
    "renamed": Part("web", ONCE),
    "copied": Part("web", ONCE),
    "topic": Part("entra", ONCE),
}
_FILES = ("renamed", "copied")
ANSWERED = tuple(name for name, part in CAST.items() if part.collector and part.promise != UNSAID)
COLLECTORS = ("http", "bulk", "relp", "tcp", "tls", "udp")

_SETTINGS = """
[lake]
root = "lake"
flush_after_s = 0.2
batch_records = 5000
max_live_files = 20
[identity]
key = "identity.key"
[sources.noise]
mapping = "cef"
"""
_MANY = "max_connections = 15000\nmax_connections_per_sender = 1000"  # who holds many must not lock the others out
_COLLECT = {
    "http": f"""kind = "http"
{_MANY}
head_s = 5
senders.torture = {{ token = "{TOKEN}", sources = ["http", "keyless"] }}
senders.other = {{ token = "{OTHER}", sources = ["noise"] }}""",
    "bulk": f"""kind = "elasticsearch_bulk"
{_MANY}
head_s = 5
senders.torture = {{ token = "{TOKEN}", sources = ["bulk"] }}""",
    "relp": f"""kind = "relp"
{_MANY}
first_s = 5
source = "relp\"""",
    "tcp": f"""kind = "syslog_tcp"
{_MANY}
first_s = 5
source = "tcp"
senders = {{ "{NOISE}" = "noise" }}""",
    "tls": f"""kind = "syslog_tcp"
{_MANY}
first_s = 5
source = "tls"
certificate = "certificates/server.pem"
key = "certificates/server.key"
client_ca = "certificates/town.pem\"""",
    "udp": """kind = "syslog_udp"
source = "udp\"""",
}


def settings(pools: Mapping[str, Pool], ports: Mapping[str, int]) -> str:
    """The settings file. PORTS: of the collectors that there are."""
    sections = [_SETTINGS]
    for name, part in CAST.items():
        sections.append(f'[sources.{name}]\nmapping = "{pools[part.log].mapping}"')
        if name in _FILES:
            # One by its folder, one by its name: a packed copy is found beside it.
            sections.append(f'paths = ["logs/{name}/{"access.log" if name == "copied" else ""}*"]')
    for name, port in ports.items():
        sections.append(f'[collect.{name}]\nlisten = "127.0.0.1:{port}"\n{_COLLECT[name]}')
    return "\n".join(sections) + "\n"


def senders(run: Run, pools: Mapping[str, Pool]) -> list[Sender]:
    """All that can be in RUN."""
    (run.plan.folder / "logs").mkdir()
    made: list[Sender] = []
    for name, part in CAST.items():
        if part.collector in {"", *run.ports} and (name != "topic" or run.plan.client):
            made.append(_sender(run, name, part, pools[part.log]))
    return made


def _sender(run: Run, name: str, part: Part, pool: Pool) -> Sender:
    proxy = run.network.proxies.get(part.collector)
    task = Task(
        name=name,
        port=proxy.port if proxy else run.ports.get(part.collector, run.broker_port),
        pool=pool,
        truth=Truth(run.plan.folder / "truth", name, name, part.promise),
        dice=Random(f"{run.plan.seed}/{name}"),
        rate=run.plan.rate,
    )
    if name == "topic":
        assert run.plan.client
        return Topic(task, run.plan.client)
    if name in _FILES:
        return Log(task, run.plan.folder / "logs" / name, truncates=name == "copied")
    if name == "tls":
        assert run.certificates
        return Tcp(task, tls(run.certificates, "sender"))
    kinds: dict[str, type[Sender]] = {
        "http": Http,
        "keyless": HttpWithoutKey,
        "bulk": Bulk,
        "relp": Relp,
        "tcp": Tcp,
        "udp": Udp,
    }
    return kinds[name](task)
