"""Collectors that ask, as those that listen are run; and their settings as TOML."""

import json

from ingest.spool import Spool
from tests.ingest import listening
from tests.ingest.listening import held, until


class Running(listening.Running):
    """The collectors of DOCUMENT until the block ends."""

    def __init__(self, folder, document, spool=None):
        super().__init__(folder, document, spool or Spool(folder / "lake" / "spool"))

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
