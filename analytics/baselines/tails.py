"""Tail probabilities: of over-dispersed counts, and of a number among all that were seen until then."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SHIFT = 8  # Stirling's series is exact to 1e-10 from there on
_STEPS, _CLOSE, _TINY = 200, 1e-9, 1e-300
_BINS, _LOW, _HIGH, _FINE = 1024, -5.0, 16.0, 4.0


def log_gamma(x: Floats) -> Floats:
    """Natural logarithm of Γ(x) for x > 0, to ten digits.

    Source:  Stirling's series, after the recurrence has led to x >= 8.
    """
    shifted, product = x.copy(), np.ones_like(x)
    for _ in range(_SHIFT):
        small = shifted < _SHIFT
        product = np.where(small, product * shifted, product)
        shifted = np.where(small, shifted + 1, shifted)
    inverse = 1 / shifted
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    return np.asarray((shifted - 0.5) * np.log(shifted) - shifted + 0.5 * np.log(2 * np.pi) + series - np.log(product))


def log_incomplete_beta(a: Floats, b: Floats, x: Floats) -> Floats:
    """Natural logarithm of I_x(a, b), the regularised incomplete beta function, for 0 < x < 1.

    Source: the continued fraction of DLMF 8.17.22 by Lentz's method, on the side where it converges fast.
    """
    turned = x > (a + 1) / (a + b + 2)
    p, q, y = np.where(turned, b, a), np.where(turned, a, b), np.where(turned, 1 - x, x)
    lead = log_gamma(p + q) - log_gamma(p) - log_gamma(q) + p * np.log(y) + q * np.log1p(-y) - np.log(p)
    value = lead + np.log(_fraction(p, q, y))
    return np.asarray(np.where(turned, np.log1p(-np.minimum(np.exp(value), 1 - 1e-16)), np.minimum(value, 0)))


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    found = np.empty_like(a)
    waiting: Any = np.arange(len(a))
    c: Any = np.ones_like(a)
    d: Any = 1 / _away(1 - (a + b) * x / (a + 1))
    h = d.copy()
    for step in range(1, _STEPS):
        m = float(step)
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + factor * d)
            c = _away(1 + factor / c)
            h = h * d * c
        if step % 4 == 0:  # most are done after a few steps
            more = np.abs(d * c - 1) > _CLOSE
            found[waiting[~more]] = h[~more]
            if not more.any():
                return found
            waiting, a, b, x, c, d, h = (each[more] for each in (waiting, a, b, x, c, d, h))
    found[waiting] = h
    return found


def _away(x: Floats) -> Floats:
    return np.asarray(np.where(np.abs(x) < _TINY, _TINY, x))


def count_tail(count: Floats, mean: Floats, size: Floats) -> Floats:
    """-ln P(X >= COUNT) where X is negative binomial with MEAN and variance mean + mean² / SIZE.

    Shape:   arrays of one length; exact above the mean. Below it nothing is unusual, and 0.5 * count / mean stands
    for it.
    """
    found = 0.5 * np.minimum(count / mean, 1)
    above = count > mean
    n, mu, r = count[above], mean[above], size[above]
    found[above] = -log_incomplete_beta(n, r, np.clip(mu / (mu + r), 1e-12, 1 - 1e-12))
    return found


class Ranks:
    """How many of all numbers seen until now are at least as high: for several columns, in bounded memory.

    Numbers are counted in 1,024 bins, 2 % wide where they are large. `counts` and `totals` are all that it knows.
    """

    def __init__(self, columns: int) -> None:
        self.counts = np.zeros((columns, _BINS))
        self.totals = np.zeros(columns)

    def fade(self, left: float) -> None:
        """Let what was seen until now count for LEFT (0-1) of what it did."""
        self.counts *= left
        self.totals *= left

    def add(self, values: Floats) -> None:
        """See VALUES, a row each; NaN = there is none."""
        places, there = _places(values)
        for column, counts in enumerate(self.counts):
            seen = places[there[:, column], column].astype(np.int64)
            counts[:] += np.bincount(seen, minlength=_BINS)
        self.totals += there.sum(0)

    def tail(self, values: Floats) -> Floats:
        """The share of all that were seen that are as high as VALUES or higher; NaN stays NaN. VALUES were added."""
        places, there = _places(values)
        found = np.full(values.shape, np.nan)
        for column, counts in enumerate(self.counts):
            above = counts[::-1].cumsum()[::-1]
            place = places[there[:, column], column]
            bin_ = place.astype(np.int64)
            part = place - bin_  # how far up in the bin, so that two in one bin still differ
            found[there[:, column], column] = (above[bin_] - (0.25 + 0.5 * part) * counts[bin_] + 0.25) / (
                self.totals[column] + 0.5
            )
        return found


def _places(values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    there = ~np.isnan(values)
    scaled = (np.arcsinh(np.nan_to_num(values) * _FINE) - _LOW) * (_BINS / (_HIGH - _LOW))
    return np.clip(scaled, 0, _BINS - 1e-6), there
