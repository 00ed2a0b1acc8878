"""Outlier scores of PyOD's ECOD and isolation forest: `python outliers.py FEATURES.npy SCORES.npz`.

It is run by an environment of its own: PyOD wants versions of its own. Higher is odder.
"""

import sys

import numpy as np
from pyod.models.ecod import ECOD
from pyod.models.iforest import IForest


def main(features: str, scores: str) -> None:
    """Score the rows of the array in the file FEATURES."""
    rows = np.load(features)
    models = {"ECOD": ECOD(), "isolation forest": IForest(random_state=1, n_estimators=200)}
    np.savez(scores, **{name: model.fit(rows).decision_scores_ for name, model in models.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
