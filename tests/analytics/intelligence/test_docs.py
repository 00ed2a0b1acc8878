"""What docs/intelligence.md shows is what is read."""

import re
from pathlib import Path

from analytics.intelligence import listed, stix
from schemas.indicator import TYPES

DOCUMENT = (Path(__file__).parents[3] / "docs" / "intelligence.md").read_text(encoding="utf-8")


def test_every_property_of_the_table_means_its_type():
    told = set()
    for cells, kind in re.findall(r"^\| (`[a-z].*) \| (\w+) \|$", DOCUMENT, re.MULTILINE):
        path = ""
        for spelt in re.findall(r"`([^`]+)`", cells):
            # What stands without an object belongs to the one before: `dst_ref.value`, `'SHA-1'`.
            path = spelt if ":" in spelt else re.sub(r"[^:.]*$", "", path.removesuffix(".value")) + spelt
            [[comparison]] = stix.clauses(f"[{path} = '198.51.100.7']")
            assert (comparison.type, comparison.reason) == (kind, ""), path
        told.add(kind)
    assert told == set(TYPES)


def test_the_list_is_read():
    [text] = re.findall(r"```csv\n(.*?)```", DOCUMENT, re.DOTALL)
    found = listed.read(text)
    assert (len(found.entries), found.rejects) == (3, [])
