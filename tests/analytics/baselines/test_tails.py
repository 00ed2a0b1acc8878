"""Against sums that can be done by hand."""

from math import comb, exp, lgamma, log

import numpy as np
import pytest

from analytics.baselines.tails import Ranks, count_tail, log_gamma, log_incomplete_beta


def test_log_gamma():
    x = np.array([0.02, 0.5, 1, 2, 7.3, 400])
    assert log_gamma(x) == pytest.approx([lgamma(each) for each in x], abs=1e-9)


def test_incomplete_beta_of_whole_numbers_is_a_binomial_tail():
    # I_0.3(2, 3) = P(at least 2 of 4, each 0.3)
    wanted = sum(comb(4, k) * 0.3**k * 0.7 ** (4 - k) for k in (2, 3, 4))
    assert exp(log_incomplete_beta(np.array([2.0]), np.array([3.0]), np.array([0.3]))[0]) == pytest.approx(wanted)


@pytest.mark.parametrize(("count", "mean", "size"), [(3, 1, 1), (2, 0.4, 0.5), (40, 5, 2), (9, 8, 3), (1, 1e-6, 0.5)])
def test_a_count_is_negative_binomial(count, mean, size):
    p = size / (size + mean)
    below = sum(exp(lgamma(k + size) - lgamma(size) - lgamma(k + 1)) * p**size * (1 - p) ** k for k in range(count))
    found = count_tail(np.array([float(count)]), np.array([float(mean)]), np.array([float(size)]))[0]
    assert exp(-found) == pytest.approx(1 - below, rel=1e-6)


def test_geometric_by_hand():
    # mean 1, size 1: P(X >= k) = 1/2^k
    assert count_tail(np.array([3.0]), np.array([1.0]), np.array([1.0]))[0] == pytest.approx(3 * log(2))


def test_a_count_at_or_below_the_mean_is_nothing_unusual():
    found = count_tail(np.array([0.0, 2.0, 4.0]), np.array([4.0, 4.0, 4.0]), np.array([1.0, 1.0, 1.0]))
    assert list(found) == [0, 0.25, 0.5]


def test_the_more_a_count_is_spread_the_less_says_a_high_one():
    same = np.array([20.0, 20.0]), np.array([5.0, 5.0])
    narrow, wide = count_tail(*same, np.array([50.0, 0.5]))
    assert narrow > 3 * wide


def test_ranks_count_all_that_was_seen():
    ranks = Ranks(1)
    ranks.add(np.array([[1.0], [2.0], [3.0]]))
    ranks.add(np.array([[10.0], [np.nan]]))
    tails = ranks.tail(np.array([[0.5], [2.0], [10.0], [np.nan]]))[:, 0]
    assert tails[0] == pytest.approx(1, abs=0.06)
    assert 0.5 < tails[1] < 0.75  # 2, 3 and 10 of four
    assert tails[2] < 0.25
    assert np.isnan(tails[3])


def test_ranks_are_uniform_for_what_is_like_the_past():
    rng = np.random.default_rng(1)
    ranks = Ranks(1)
    ranks.add(rng.normal(size=(20_000, 1)))
    new = rng.normal(size=(2_000, 1))
    ranks.add(new)
    shares, _ = np.histogram(ranks.tail(new), bins=10, range=(0, 1))
    assert (abs(shares / 2_000 - 0.1) < 0.025).all()
