"""The balance of the metrics: what all processes say of themselves, judged by the alert rules."""

import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from ingest.torture.run import Run

_RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "sparhund.rules.yml"
_ANSWER_S = 30.0
TOOL = "promtool"


def imbalance(run: Run) -> str | None:
    """What is out of balance between the hops of RUN, whose processes stand quiet; None: nothing.

    Errors:  OSError if one of them doesn't answer.
    """
    series = [
        {"series": text, "values": f"{value}x4"}
        for name, port in run.watched.items()
        for text, value in _samples(name, port)
    ]
    test = {
        "interval": "1m",
        "input_series": series,
        # Without samples to compare with, the tool lists those that there are.
        "promql_expr_test": [{"expr": "sparhund:imbalance_records != 0", "eval_time": "4m", "exp_samples": []}],
    }
    file = run.plan.folder / "out" / "balance.json"  # which is YAML, too
    document = {"rule_files": [str(_RULES)], "evaluation_interval": "1m", "tests": [test]}
    file.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run([TOOL, "test", "rules", file], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode else None


def can_be_judged() -> bool:
    """Whether the rules and the tool are there."""
    return _RULES.exists() and shutil.which(TOOL) is not None


def _samples(name: str, port: int) -> Iterator[tuple[str, float]]:
    """All samples of the process NAME, as series."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    line.request("GET", "/metrics")
    text = line.getresponse().read().decode()
    line.close()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {**sample.labels, "job": "sparhund", "instance": name}
            said = ", ".join(f"{key}={json.dumps(value)}" for key, value in labels.items())
            yield f"{sample.name}{{{said}}}", sample.value
