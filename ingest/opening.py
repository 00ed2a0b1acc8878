"""What a command that writes opens: the lake, made if it isn't there, its key, and what is known beside it."""

from pathlib import Path

from ingest import identity, knowledge
from ingest.lake import Lake
from ingest.mapping import mappings
from ingest.sources.spooled import OWN
from ingest.spool import Spool
from ingest.writer import Writer
from schemas.errors import SettingsError
from schemas.settings import Settings
from schemas.source import Source


def spool_of(root: Path) -> Spool:
    """The spool of the lake in the folder ROOT."""
    return Spool(root / "spool")


def open_writer(settings: Settings, root: Path, sources: list[Source]) -> Writer:
    """A writer of the lake in the folder ROOT, for SOURCES, those of the settings and our own.

    Errors:  LakeError if the lake can't be made or opened; SettingsError for a mapping that there isn't, and a register
             or people file in fault.
    """
    for source in settings.sources.values():
        if source.mapping not in mappings():
            reason = f"there is none of that name; there are {', '.join(mappings())}"
            raise SettingsError(f"sources.{source.name}", "mapping", reason)
    lake = Lake.create(root)
    key_path = settings.identity.key or root / "identity.key"
    key = identity.read_key(key_path) if key_path.exists() else identity.create_key(key_path)
    known = knowledge.load(settings, key)
    # What was read without settings came from a source of its mapping's name.
    met = {name.partition("/")[0] for name in lake.table("evidence").positions}
    named = [Source(name=name, mapping=name) for name in sorted(met & set(mappings()))]
    everything = [*named, OWN, *settings.sources.values(), *sources]
    return Writer(lake, everything, known, memory_bytes=settings.lake.memory_bytes)
