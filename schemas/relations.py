"""How an export of the resident register and the staff list are spelt: their columns and words, by the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import SettingsError
from schemas.source import is_encoding

# What a row of the register export may say of a resident, and of one of the resident's relations.
REGISTER_COLUMNS: dict[str, str] = {
    "number": "personal or coordination number",
    "other_number": "another number of the same person: the one before, or the one that came after",
    "surname": "surname",
    "street": "registered address: street and number, such as Storgatan 12 B",
    "apartment": "apartment number (lägenhetsnummer), four digits",
    "postal_code": "postal code",
    "city": "postal town",
    "property": "property designation (fastighetsbeteckning)",
    "moved_in": "registered at the address from this day",
    "moved_out": "and no longer from this day",
    "protected": "sekretessmarkering or skyddad folkbokföring; of several columns one is enough",
    "deceased": "the day of death",
    "relation_number": "personal number of the one that the row's relation is to",
    "relation": "what she or he is to the resident: a word of RELATIONS",
    "relation_from": "the relation holds from this day",
    "relation_to": "and no longer from this day",
}
STAFF_COLUMNS: dict[str, str] = {
    "person": "the employee, as people.csv names her or him; never a personal number",
    "number": "personal or coordination number",
}

# What the other is to the resident; the codes are those of folkbokföringsaviseringen.
RELATIONS: dict[str, tuple[str, ...]] = {
    "spouse": ("m", "p", "make", "maka", "partner"),
    "child": ("b", "barn"),
    "parent": ("mo", "fa", "f", "mor", "far", "förälder"),
    "sibling": ("syskon",),
    "guardian": ("v", "vårdnadshavare"),
    "ward": ("vf", "vårdnad för"),
    "other_family": (),
}
YES_NO: dict[str, tuple[str, ...]] = {
    "yes": ("1", "true", "ja", "j", "sant", "sekretessmarkering", "skyddad folkbokföring"),
    "no": ("0", "false", "nej", "n", "falskt"),
}
_WORDS = {"relation": RELATIONS, "protected": YES_NO}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationsSettings:
    """Section [relations]: how the register export and the staff list are spelt, and how far is near."""

    columns: dict[str, Any] = field(default_factory=dict)  # ours = the export's, or a list of them; else our own names
    staff_columns: dict[str, Any] = field(default_factory=dict)  # ours = the staff list's
    words: dict[str, Any] = field(default_factory=dict)  # for relation and protected: the export's word = ours
    encoding: str = "utf-8"  # of both
    separator: str = ";"  # of both
    household_most: int = 12  # an address of more persons is no household: a home for the elderly, or flats unnumbered
    surname_most: int = 50  # a surname with more bearers in the register says nothing
    signing_key: Path | None = None  # Ed25519, PEM; None = one in the lake's folder, made when it is needed

    def __post_init__(self) -> None:
        _hold_columns("columns", self.columns, REGISTER_COLUMNS)
        _hold_columns("staff_columns", self.staff_columns, STAFF_COLUMNS)
        for name, words in self.words.items():
            if name not in _WORDS:
                raise SettingsError("relations.words", name, f"unknown; there are {', '.join(_WORDS)}")
            if not isinstance(words, Mapping) or not all(ours in _WORDS[name] for ours in words.values()):
                raise SettingsError("relations.words", name, f"want WORD = one of {', '.join(_WORDS[name])}")
        if not is_encoding(self.encoding):
            raise SettingsError("relations", "encoding", "want an encoding, such as utf-8 or latin-1")
        if len(self.separator) != 1:
            raise SettingsError("relations", "separator", "want one character")
        for key in ("household_most", "surname_most"):
            if getattr(self, key) < 0:
                raise SettingsError("relations", key, "must be more than -1")

    @property
    def register(self) -> dict[str, list[str]]:
        """Our column = the export's; without settings all under our own names."""
        return _lists(self.columns) or {name: [name] for name in REGISTER_COLUMNS}

    @property
    def staff(self) -> dict[str, list[str]]:
        """Our column = the staff list's."""
        return {name: [name] for name in STAFF_COLUMNS} | _lists(self.staff_columns)

    def meanings(self, name: str) -> dict[str, str]:
        """The words of the column NAME, in lower case, and ours."""
        known = {word: ours for ours, words in _WORDS[name].items() for word in (ours, *words)}
        return known | {word.strip().lower(): ours for word, ours in self.words.get(name, {}).items()}


def _hold_columns(key: str, columns: Mapping[str, Any], known: Mapping[str, str]) -> None:
    for name, theirs in columns.items():
        if name not in known:
            raise SettingsError(f"relations.{key}", name, f"unknown; there are {', '.join(known)}")
        items = theirs if isinstance(theirs, list) else [theirs]
        if not items or not all(isinstance(item, str) and item for item in items):
            raise SettingsError(f"relations.{key}", name, "want the name of a column, or a list of them")
    if columns and "number" not in columns and key == "columns":
        raise SettingsError(f"relations.{key}", "number", "missing")


def _lists(columns: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: theirs if isinstance(theirs, list) else [theirs] for name, theirs in columns.items()}
