"""What `sparhund normalise` prints, as values."""

import json

from dashboards.cli.normalise import normalised


def records(stream, source, reference=None):
    """One value for each record of STREAM, in order."""
    return [json.loads(line) for batch in normalised(stream, source, reference) for line in batch["line"].to_pylist()]
