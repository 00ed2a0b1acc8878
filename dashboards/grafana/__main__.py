"""`python -m dashboards.grafana` writes the dashboards' files. It needs the SDK: `pip install sparhund[dev]`."""

from dashboards.grafana.boards import BOARDS, FOLDER, text

FOLDER.mkdir(exist_ok=True)
for name in BOARDS:
    (FOLDER / f"{name}.json").write_text(text(name), encoding="utf-8")
