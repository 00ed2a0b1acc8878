import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What each folder may import of ours besides itself: schemas know nothing of the others, dashboards see all.
MAY_IMPORT = {
    "schemas": (),
    "ingest": ("schemas",),
    "analytics": (
        "schemas",
        "ingest.identity",
        "ingest.knowledge",
        "ingest.lake",
        "ingest.ledger",
        "ingest.spool",
    ),
    "dashboards": ("schemas", "ingest", "analytics"),
}
OURS = {*MAY_IMPORT, "tests"}


def imported(code: str, package: str) -> set[str]:
    """Full names of what CODE, a module of PACKAGE, imports anywhere, in functions too."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def wrong(code: str, package: str) -> set[str]:
    """The imports of CODE that point the wrong way."""
    folder = package.split(".", maxsplit=1)[0]
    allowed = (folder, *MAY_IMPORT[folder])
    return {
        name
        for name in imported(code, package)
        if name.split(".")[0] in OURS and not any(f"{name}.".startswith(f"{each}.") for each in allowed)
    }


FILES = sorted(path.relative_to(ROOT) for folder in MAY_IMPORT for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_one_way(path):
    assert wrong((ROOT / path).read_text(encoding="utf-8"), ".".join(path.parent.parts)) == set()


def test_every_folder_is_read():
    assert {path.parts[0] for path in FILES} == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("code", "package", "expected"),
    [
        ("import ingest.lake", "schemas", {"ingest.lake"}),
        ("import schemas.errors, json, ingestion", "ingest.decoders", set()),
        ("from ingest import lake, normalise", "analytics", {"ingest.normalise"}),
        ("from ingest.lake import Lake", "analytics", set()),
        ("from ingest.lakes import Lake", "analytics", {"ingest.lakes.Lake"}),
        ("import ingest", "analytics", {"ingest"}),
        ("def f():\n    from dashboards.cli import show", "analytics", {"dashboards.cli.show"}),
        ("from . import frame\nfrom .. import mapping", "ingest.decoders", set()),
        ("from tests import conftest", "dashboards", {"tests.conftest"}),
    ],
)
def test_what_points_the_wrong_way(code, package, expected):
    assert wrong(code, package) == expected
