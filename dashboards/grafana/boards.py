"""All dashboards, and the files that Grafana is given."""

import json
from collections.abc import Callable
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana import findings, investigation, overview, pipeline, quality, threat

FOLDER = Path(__file__).with_name("json")
# By the name of their file. Those of STATISTICS name nobody: a token that sees no person is enough for them.
BOARDS: dict[str, Callable[[], Dashboard]] = {
    "overview": overview.build,
    "investigation": investigation.build,
    "findings": findings.build,
    "threat": threat.build,
    "pipeline": pipeline.build,
    "quality": quality.build,
}
STATISTICS = frozenset({"overview", "threat", "pipeline", "quality"})


def text(name: str) -> str:
    """The file of the dashboard NAME."""
    board = BOARDS[name]().build()
    return json.dumps(board, cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
