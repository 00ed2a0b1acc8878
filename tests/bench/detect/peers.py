"""Outlier detection as a peer: what each person did in a day as numbers, and how odd PyOD's models find each."""

import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.installation import installation
from ingest.lake import Lake
from tests.bench.detect.score import Item
from tests.bench.detect.truth import Truth

# One row is a person's (else an account's) day. What a rota, the calendar and the own past tell is among the features.
_FEATURES = """
WITH acts AS (
  SELECT coalesce(actor_person, actor_account) AS actor, *, coalesce(object_id, object_path, subject) AS thing,
         strftime(time, '%Y-%m') AS month
  FROM events WHERE coalesce(actor_person, actor_account) IS NOT NULL),
things AS (SELECT actor, thing, min(local_day) AS since FROM acts WHERE thing IS NOT NULL GROUP BY ALL),
addresses AS (SELECT actor, src_ip, min(local_day) AS since FROM acts WHERE src_ip IS NOT NULL GROUP BY ALL),
shifts AS (
  SELECT a.event_id FROM acts AS a JOIN rota AS r
    ON r.person = a.actor AND a.time >= r.valid_from - INTERVAL 1 HOUR AND a.time < r.valid_to + INTERVAL 1 HOUR)
SELECT a.actor, a.local_day, min(a.month) AS month,
       list(a.event_id) FILTER (a.event_id IN (SELECT event_id FROM misuse)) AS bad,
       count(*) AS n_all,
       count(*) FILTER (a.action = 'read') AS n_read,
       count(*) FILTER (a.action = 'search') AS n_search,
       count(*) FILTER (a.action IN ('create', 'update', 'sign')) AS n_write,
       count(*) FILTER (a.action = 'delete') AS n_delete,
       count(*) FILTER (a.action = 'export') AS n_export,
       count(*) FILTER (a.action IN ('print', 'copy')) AS n_print,
       count(*) FILTER (a.action = 'break_glass') AS n_glass,
       count(*) FILTER (a.action = 'login') AS n_login,
       count(*) FILTER (a.action = 'login' AND a.outcome = 'failure') AS n_wrong,
       count(*) FILTER (a.action IN ('grant', 'revoke', 'account_change', 'config_change', 'log_clear')) AS n_admin,
       count(*) FILTER (a.outcome = 'failure') AS n_failed,
       count(*) FILTER (a.k = 3) AS n_k3,
       count(*) FILTER (a.local_hour < 6 OR a.local_hour >= 22) AS n_night,
       count(*) FILTER (s.event_id IS NULL) AS n_off_rota,
       count(DISTINCT a.thing) AS n_things,
       count(DISTINCT a.subject) AS n_subjects,
       count(DISTINCT a.system) AS n_systems,
       count(DISTINCT a.src_ip) AS n_addresses,
       count(DISTINCT t.thing) AS n_new_things,
       count(DISTINCT i.src_ip) AS n_new_addresses
FROM acts AS a
LEFT JOIN (SELECT DISTINCT event_id FROM shifts) AS s ON s.event_id = a.event_id
LEFT JOIN things AS t ON t.actor = a.actor AND t.thing = a.thing AND t.since = a.local_day
LEFT JOIN addresses AS i ON i.actor = a.actor AND i.src_ip = a.src_ip AND i.since = a.local_day
GROUP BY a.actor, a.local_day
ORDER BY a.actor, a.local_day
"""
_MEMORY_BYTES = 4 << 30


def features(town: Path, truth: Truth) -> pa.Table:
    """A row for each person's day: actor, local_day, month, bad (its misuse events), and the features `n_…`."""
    home = installation(config=town / "settings.toml")
    lake = Lake.open(home.root)
    connection = views.connect(_MEMORY_BYTES, spill=lake.scratch)
    try:
        views.scoped(connection, Caller("bench"), lake.table("normalised").scan(), home.tables())
        connection.register("misuse", truth.events)
        return connection.sql(_FEATURES).to_arrow_table()
    finally:
        connection.close()


def items(days: pa.Table, truth: Truth, python: str, folder: Path) -> dict[str, list[Item]]:
    """The days of each model, the oddest first, as what a reviewer looks at. PYTHON has PyOD."""
    names = [name for name in days.column_names if name.startswith("n_")]
    rows = np.log1p(np.stack([days[name].to_numpy().astype(float) for name in names], axis=1))
    np.save(folder / "features.npy", rows)
    script = Path(__file__).with_name("outliers.py")
    subprocess.run([python, str(script), str(folder / "features.npy"), str(folder / "scores.npz")], check=True)
    scores = np.load(folder / "scores.npz")
    shown = [frozenset(truth.of_event[event] for event in bad or ()) for bad in days["bad"].to_pylist()]
    months = days["month"].to_pylist()
    return {
        model: [
            Item(month=month, rank=(-score,), incidents=incidents)
            for month, score, incidents in zip(months, scores[model].tolist(), shown, strict=True)
        ]
        for model in scores.files
    }
