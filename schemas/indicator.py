"""Indicators of threat intelligence: what an event would have to hold, and when that means something."""

import pyarrow as pa

from schemas.event import Column
from schemas.tables import Table

TYPES: dict[str, str] = {
    "ip": "an address, or a network of them",
    "domain": "a host's name, and all below it",
    "url": "an address on the web; its scheme means nothing",
    "hash": "MD5, SHA-1, SHA-256 or SHA-512 of a file",
    "file_name": "a file's name without its folder",
    "email": "a mail address",
    "account": "an account's name, with or without domain",
    "user_agent": "a program, as it names itself",
}

# A row is a value of a comparison. An event is meant if it meets every comparison of a clause, each by any value.
INDICATORS = Table(
    "indicators",
    "one value of one comparison of an indicator; known_from = when it was added",
    (
        Column("source", pa.string(), "the feed or file that it came from"),
        Column("indicator", pa.string(), "its id there; without one, made of what it looks for"),
        Column("clause", pa.string(), "the alternative of the indicator that the comparison belongs to"),
        Column("wanted", pa.string(), "what the clause looks for, in words: `ip 198.51.100.7`; with ` and ` between"),
        Column("term", pa.int32(), "which of the clause's comparisons this is, from 1"),
        Column("terms", pa.int32(), "how many the clause has"),
        Column("type", pa.string(), "schemas.indicator.TYPES"),
        Column("value", pa.string(), "as `observables` spells it; of a network how its addresses begin, a row each"),
        Column("confidence", pa.int32(), "0-100 by the source; NULL = not said"),
        Column("label", pa.string(), "what it is a sign of, by the source"),
    ),
    required=("source", "indicator", "clause", "wanted", "term", "terms", "type", "value"),
)
