"""The collectors of settings as `sparhund collect` runs them, in a thread, and the certificates of their senders."""

import asyncio
import logging
import queue
import socket
import subprocess
import threading
import time

from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings

PATIENCE_S = 60  # on a machine that does much else


class Running:
    """The collectors of DOCUMENT, each listening where the system has a port free. `with` it; leaving stops them."""

    def __init__(self, folder, document, spool=None):
        self.declared = settings.parse(document, folder / "settings.toml")
        self.spool = spool or Spool(folder / "spool")
        self.ports = {}
        self.intake = None
        self._begun = queue.Queue()
        self._thread = threading.Thread(target=self._work)

    def run(self):
        asyncio.run(self._run())

    async def _run(self):
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self.intake = await collectors.collect(self.declared, self.spool, self._stopped)

    def _work(self):
        try:
            self.run()
        except BaseException as error:
            self._begun.put(error)
            raise

    def __enter__(self):
        log = logging.getLogger("sparhund.collect")
        handler = logging.Handler()
        handler.emit = lambda record: self._begun.put(record.args) if "listens to" in record.msg else None
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            self._thread.start()
            for _ in self.declared.collect:
                begun = self._begun.get(timeout=PATIENCE_S)
                if isinstance(begun, BaseException):
                    raise begun
                place, _, port = begun
                self.ports[place.removeprefix("collect.")] = port
        finally:
            log.removeHandler(handler)
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
