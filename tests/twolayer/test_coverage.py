"""Coverage of points by random neurons: exact formula, Monte Carlo, the paper's bound."""

import numpy as np
import pytest

from twolayer.coverage import (
    assumption_bound,
    interpolation_probability,
    one_sign_interpolation_probability,
    satisfies_assumption,
)


def test_printed_values():
    # Balanced signs, printed to three digits.
    exact = [interpolation_probability(32, 32, m) for m in (12, 16, 20, 24)]
    np.testing.assert_allclose(exact, [0.220, 0.606, 0.843, 0.944], atol=6e-4)
    assert assumption_bound(32, 32, 24) == pytest.approx(0.936, abs=6e-4)
    assert assumption_bound(32, 32, 12) < 0
    assert one_sign_interpolation_probability(64, 6) == pytest.approx(0.365, abs=6e-4)


def test_small_cases_by_enumeration():
    # One neuron covers one positive point iff it is positive and active; two points of both signs never.
    assert interpolation_probability(1, 0, 1) == pytest.approx(0.25)
    assert interpolation_probability(1, 1, 1) == 0
    # Two neurons, one point of each sign: signs (+,-) or (-,+), both active on their point.
    assert interpolation_probability(1, 1, 2) == pytest.approx(0.5 * 0.25)


def test_monte_carlo_agrees_and_the_bound_holds():
    rng, draws, m = np.random.default_rng(5), 2000, 20
    y = np.r_[np.ones(12), -np.ones(20)]
    active, signs = rng.random((draws, m, 32)) < 0.5, rng.choice([-1, 1], (draws, m))
    rows, everything = satisfies_assumption(active, signs, y)
    exact = interpolation_probability(12, 20, m)
    # Five standard errors: a false alarm in a million.
    assert abs(rows.mean() - exact) < 5 * np.sqrt(exact * (1 - exact) / draws)
    assert everything.mean() > assumption_bound(12, 20, m) - 5 * np.sqrt(0.25 / draws)


def test_equal_or_empty_columns_break_the_assumption_but_not_the_rows():
    y = np.array([1.0, 1.0])
    signs = np.array([1, 1])
    assert satisfies_assumption(np.array([[True, True], [True, True]]), signs, y) == (True, False)
    assert satisfies_assumption(np.array([[True, True], [False, False]]), signs, y) == (True, False)
    assert satisfies_assumption(np.array([[True, True], [True, False]]), signs, y) == (True, True)


@pytest.mark.parametrize("numbers", [(0, 0, 3), (1, 1, 0), (-1, 2, 3), (1.5, 1, 2)])
def test_bad_numbers_are_refused(numbers):
    with pytest.raises((ValueError, TypeError)):
        interpolation_probability(*numbers)


@pytest.mark.parametrize(
    ("active", "signs", "y", "message"),
    [
        (np.ones((2, 2)), [1, 1], [1.0, 1.0], "z > 0"),
        (np.ones((2, 2), dtype=int), [1, 1], [1.0, 1.0], "a == 1"),
        (np.ones((2, 2), dtype=bool), [1, 1], [1.0, 0.0], "not be zero"),
        (np.ones((2, 2), dtype=bool), [1, 0], [1.0, 1.0], "1 or -1"),
        (np.ones((2, 2), dtype=bool), [1, 1], [1.0, np.nan], "NaN"),
        (np.ones((2, 2), dtype=bool), [1], [1.0, 1.0], "shapes"),
        (np.ones(2, dtype=bool), 1, [1.0, 1.0], "shapes"),
        (np.ones((0, 2), dtype=bool), [], [1.0, 1.0], "at least one neuron"),
    ],
)
def test_what_the_assumption_does_not_speak_of_is_refused(active, signs, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        satisfies_assumption(active, np.asarray(signs, dtype=float), np.array(y))


def test_an_ensemble_may_be_empty():
    rows, whole = satisfies_assumption(np.zeros((0, 2, 3), dtype=bool), np.ones((0, 2)), np.ones(3))
    assert rows.shape == whole.shape == (0,)
