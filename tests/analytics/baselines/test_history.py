"""Each part of a history against numbers that can be checked by hand."""

from math import log

import numpy as np
import pytest

from analytics.baselines.history import Counts, Hours, Lasting, Measures, Slots, age_of, arrays, decay, restore

ONE = np.array([0])


def counted(counts, number, day, weight=0.0, age=0, there=1):
    ages = np.zeros(8, int)
    ages[age] = there
    tails, expected = counts.judge(
        ONE, ONE, np.array([[float(number)]]), np.array([weight]), np.array([age]), ages, day
    )
    return tails[0, 0], expected[0, 0]


def test_decay_and_ages():
    assert decay(30) == 0.5
    assert age_of(np.array([0, 1, 2, 3, 4, 127, 128, 10**6])).tolist() == [0, 1, 1, 2, 2, 7, 7, 7]


def test_slots_keep_their_places():
    slots = Slots()
    assert slots.of(np.array([50, 70])).tolist() == [0, 1]
    assert slots.of(np.array([60, 70, 50])).tolist() == [2, 1, 0]


def test_what_is_expected_leans_on_others_until_there_is_history():
    counts = Counts(1)
    # The first of all: what is expected is its own count.
    assert counted(counts, 4, 0)[1] == pytest.approx(4)
    # Then (0.5 + 4) counts, of 0.5 / 4 + 1 periods.
    _, expected = counted(counts, 4, 0, weight=1.0, age=0)
    assert expected == pytest.approx(4.5 / (0.5 / 4 + 1))


def test_after_a_half_life_an_own_count_is_half_forgotten():
    counts = Counts(1)
    counted(counts, 8, 0)
    _, expected = counted(counts, 8, 30, weight=0.5)
    assert expected == pytest.approx((0.5 + 4) / (0.5 / 8 + 0.5))


def test_ten_times_the_usual_is_less_likely_than_twice():
    tails = []
    for number in (20, 100):
        counts = Counts(1)
        for day in range(20):
            counted(counts, 10, day, weight=float(day), age=min(day, 4))
        tails.append(counted(counts, number, 20, weight=20.0, age=4)[0])
    assert tails[0] > log(2)
    assert tails[1] > 2 * tails[0]


def test_a_season_is_nobodys_deviation():
    def last(everybody):
        counts = Counts(1)
        people = np.arange(20)
        ages = np.zeros(8, int)
        ages[3] = 20
        for day in range(10):
            counts.judge(people, np.zeros(20, int), np.full((20, 1), 5.0), np.full(20, 5.0), np.full(20, 3), ages, day)
        numbers = np.full((20, 1), 30.0 if everybody else 5.0)
        numbers[0] = 30
        return counts.judge(people, np.zeros(20, int), numbers, np.full(20, 5.0), np.full(20, 3), ages, 10)[0][0, 0]

    assert last(everybody=True) < 1
    assert last(everybody=False) > 2


def test_a_measure_far_from_its_own_mean_scores_high_and_one_at_it_none():
    measures = Measures(1)
    keys, aspects = np.arange(6), np.zeros(6, int)
    for day in range(30):
        values = np.where(keys < 5, 0.2, 0.8)[:, None] + 0.02 * (day % 2)
        measures.judge(keys, aspects, values, day)
    scores = measures.judge(keys, aspects, np.full((6, 1), 0.8), 30)[:, 0]
    assert (scores[:5] > 2).all()  # they never had it
    assert scores[5] < 0.5  # always had it


def test_hours_of_ordinary_days_and_of_days_off_are_apart():
    hours = Hours()
    off = {day: day % 7 > 4 for day in range(30)}
    for day in range(28):
        if not off[day]:
            for_nine = hours.judge(np.array([0, 1]), np.array([9, 9]), day, off.__getitem__)
    assert for_nine[1][0] > 0.4  # the half that does not go to the hours beside
    surprise, likely = hours.judge(np.array([0, 1]), np.array([9, 33]), 28, off.__getitem__)
    assert surprise[1] > surprise[0] + 1
    assert likely[1] < 0.15


def test_of_centuries_without_anybody_only_the_last_years_are_gone_through():
    hours, asked = Hours(), []
    for day in (-134_774, 20_512, 57_000, 2_932_896):  # a day of 1601, of 2026, of 2126 and of 9999
        hours.judge(np.array([0]), np.array([9]), day, lambda each: bool(asked.append(each)))
    assert len(asked) < 10_000
    assert hours.known[0, 0] == pytest.approx(1 / (1 - 2 ** (-1 / 60)), rel=1e-3)  # a day in 60 is half forgotten
    assert hours.active[0].sum() == pytest.approx(1)


def test_what_deviates_a_little_for_weeks_adds_up_and_fades():
    lasting = Lasting(1, 14.0)
    for day in range(10):
        found = lasting.add(np.array([0]), np.array([[2.0]]), float(day))
    assert found[0, 0] == pytest.approx(sum(0.5 ** (day / 14) for day in range(10)))
    later = lasting.add(np.array([0]), np.array([[1.0]]), 9.0 + 14)
    assert later[0, 0] == pytest.approx(found[0, 0] / 2)


def test_what_is_written_down_is_all_that_is_known():
    first, second = Measures(2), Measures(2)
    first.judge(np.array([3, 9]), np.array([0, 1]), np.array([[1.0, 2.0], [3.0, 4.0]]), 0)
    restore(second, arrays(first))
    more = np.array([3, 9]), np.array([0, 1]), np.array([[2.0, 2.0], [1.0, 4.0]]), 5
    assert (first.judge(*more) == second.judge(*more)).all()
