from pathlib import Path

import pytest

from ingest.knowledge import Knowledge
from ingest.lake import Lake
from ingest.writer import Writer
from schemas.source import Source

WEB = Source(name="web", mapping="web_access")
LINE = '192.0.2.{0} - anna [01/Mar/2026:08:14:07 +0100] "GET /{0} HTTP/1.1" 200 5 "-" "curl"\n'


def lines(*numbers):
    """Web lines that name the paths /NUMBER."""
    return "".join(LINE.format(number) for number in numbers)


class Town:
    """A lake in a folder, a folder for logs, and writers as processes would have them."""

    def __init__(self, root: Path) -> None:
        self.root = root / "lake"
        self.logs = root / "logs"
        self.logs.mkdir()
        Lake.create(self.root)

    def writer(self, *sources, knowledge=None):
        return Writer(Lake.open(self.root), sources or [WEB], knowledge or Knowledge())

    def rows(self, columns="position", table="normalised", where="kind = 'event'"):
        """The live rows, in order; of one column as a list of its values."""
        relation = Lake.open(self.root).table(table).scan()
        sql = f"SELECT {columns} FROM {relation} WHERE {where} ORDER BY ALL"
        found = self.writer().connection.sql(sql).to_arrow_table().to_pylist()
        return [next(iter(row.values())) for row in found] if len(columns.split(",")) == 1 else found

    def paths(self):
        """The numbers of the paths that events name: each once, or a record was lost or stands twice."""
        return sorted(int(path[1:]) for path in self.rows("object_path"))


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)
