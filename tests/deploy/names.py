"""The metrics that the code gives, by its words: a family is named where it is filled."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_FILES = (
    *(_ROOT / "ingest" / "operations").glob("*.py"),
    _ROOT / "dashboards" / "judged.py",
    _ROOT / "dashboards" / "server" / "requests.py",
)
_CODE = "".join(path.read_text() for path in _FILES)
_KINDS = re.findall(r'^    "(\w+)": "', _CODE, re.MULTILINE)  # of families that are named by a table of texts
_TROUBLE = ("refused", "lost_records", "odd")

GIVEN = {
    *re.findall(r'"(sparhund_\w+[a-z])"', _CODE),
    *(f"sparhund_{what}_disk_{word}_bytes" for what in ("spool", "lake") for word in ("free", "size")),
    *(f"sparhund_{'collect' if kind in _TROUBLE else 'lake'}_{kind}" for kind in _KINDS),
    *(f"sparhund_lake_{name}_records" for name in ("evidence", "normalised")),
}
_COUNTERS = {
    *re.findall(r'counter\(\s*"(sparhund_\w+)"', _CODE),
    *(f"sparhund_{'collect' if kind in _TROUBLE else 'lake'}_{kind}" for kind in _KINDS),
    *(f"sparhund_lake_{name}_records" for name in ("evidence", "normalised")),
}
# As Prometheus has them.
SERIES = {f"{name}_total" if name in _COUNTERS else name for name in GIVEN}
