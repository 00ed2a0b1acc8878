"""The collectors of settings as `sparhund collect` runs them, in a thread, and the certificates of their senders."""

import asyncio
import logging
import socket
import subprocess
import threading
import time

from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings
from schemas.collectors.base import Listening

PATIENCE_S = 60  # on a machine that does much else


class Running:
    """The collectors of DOCUMENT, those that listen where the system has a port free. `with` it; leaving stops them."""

    def __init__(self, folder, document, spool=None):
        self.settings = settings.parse(document, folder / "settings.toml")
        self.spool = spool or Spool(folder / "spool")
        self.ports = {}
        self.intake = None
        self.error = None
        self._thread = threading.Thread(target=self._work)

    def run(self):
        asyncio.run(self._run())

    async def _run(self):
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await collectors.collect(self.settings, self.spool, self._stopped, self._began)

    def _began(self, intake):
        self.intake = intake
        if not any(isinstance(each, Listening) for each in self.settings.collect.values()):
            self._ready.set()

    def _listens(self, record):
        if "listens to" in record.msg:
            place, _, port = record.args
            self.ports[place.removeprefix("collect.")] = port
            if len(self.ports) == sum(isinstance(each, Listening) for each in self.settings.collect.values()):
                self._ready.set()

    def _work(self):
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error
            self._ready.set()

    def __enter__(self):
        self._ready = threading.Event()
        log = logging.getLogger("sparhund.collect")
        handler = logging.Handler()
        handler.emit = self._listens
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            self._thread.start()
            assert self._ready.wait(PATIENCE_S)
        finally:
            log.removeHandler(handler)
        if self.error:
            raise self.error
        return self

    def __exit__(self, *_):
        self.stop()
        self.join()

    def stop(self):
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)

    def join(self):
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error

    def connect(self, name, sender="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.ports[name]), PATIENCE_S, (sender, 0))

    def records(self, source):
        return held(self.spool, source)

    def wait_for(self, source, count):
        """The source's records as soon as there are COUNT."""
        until(lambda: len(self.records(source)) >= count)
        return self.records(source)

    def trouble(self, name):
        """All that the collector counted as refused, lost or odd, of one that was stopped."""
        trouble = self.intake.trouble[name]
        parts = (trouble.refused, trouble.lost, trouble.odd)
        return {reason: count for part in parts for reason, count in part.items() if count}


def held(spool, source):
    if source not in spool.sources():
        return []
    return [record for block in Spool(spool.root).read(source) for record in block.records]


def until(true):
    """What TRUE gives when it is."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
    return found


def certificates(folder):
    """A town's authority with the certificates `server`, `web1` and `other`, and `false` that a stranger made."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for authority in ("town", "stranger"):
        made = ("-keyout", f"{authority}.key", "-out", f"{authority}.pem", "-days", "2", "-subj", f"/CN={authority}")
        openssl("req", "-x509", *key, *made)
    for authority, name, subject in (
        ("town", "server", "localhost"),
        ("town", "web1", "web1.kommun.example"),
        ("town", "other", "other.kommun.example"),
        ("stranger", "false", "web1.kommun.example"),
    ):
        (folder / "names").write_text(f"subjectAltName=DNS:{subject}\n")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
        signed = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-extfile", "names")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-days", "2", "-out", f"{name}.pem")
