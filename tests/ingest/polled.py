"""Collectors that ask, as `sparhund collect` runs them, in a thread; and their settings as TOML."""

import asyncio
import json
import threading

from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings
from tests.ingest.listening import PATIENCE_S, held, until


class Running:
    """The collectors of DOCUMENT until the block ends."""

    def __init__(self, folder, document, spool=None):
        self.settings = settings.parse(document, folder / "settings.toml")
        self.spool = spool or Spool(folder / "lake" / "spool")
        self.intake = None
        self.error = None
        self._thread = threading.Thread(target=self._work)

    async def _run(self):
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await collectors.collect(self.settings, self.spool, self._stopped, self._began)

    def _began(self, intake):
        self.intake = intake
        self._ready.set()

    def _work(self):
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error
            self._ready.set()

    def __enter__(self):
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        if self.error:
            raise self.error
        return self

    def __exit__(self, *_):
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error

    def records(self, source=None):
        """What was stored of a source; of the only one, where there is one."""
        return held(self.spool, source or next(iter(self.settings.sources)))

    def wait_for(self, count, source=None):
        """The source's records as soon as there are COUNT."""
        until(lambda: self.error or len(self.records(source)) >= count)
        return self.records(source)

    def trouble(self, kind):
        """What the collector `x` counted as refused, lost or odd."""
        return dict(getattr(self.intake.trouble["x"], kind))


def toml(document):
    """DOCUMENT, whose values TOML spells as JSON."""
    sections = {f"{group}.{name}": keys for group in document for name, keys in document[group].items()}
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )
