"""The inequalities of Appendix E."""

import math

import numpy as np
import pytest

from studies.incremental.halving_bounds import (
    LARGEST_TOLERANCE,
    algorithm_runs,
    certificates,
    failure_probabilities,
    largest_epsilon,
    least_points,
)
from twolayer.halving import remainder_exponent

CASES = ((0.1, 0.25), (0.5, 0.25))


def test_tolerances_beyond_root_five_minus_two_are_useless():
    assert largest_epsilon(LARGEST_TOLERANCE + 1e-9) is None
    assert largest_epsilon(LARGEST_TOLERANCE - 1e-3) > 0
    assert remainder_exponent(0.1, largest_epsilon(0.1)) == pytest.approx(0.5)


def test_bounds_bound():
    rows = failure_probabilities((64, 1024), CASES)
    assert len(rows) == 4
    assert (rows["exact"] <= rows["fixed"]).all()
    assert (rows["fixed"] < rows["every"]).all()


def test_inequalities_of_a_run():
    runs = algorithm_runs((1024,), CASES, 4)
    good = runs[runs["halves"]]
    assert len(good) >= 4  # all those with the wide tolerance
    assert (good["first_part"] <= good["first_bound"]).all()
    assert (good["rest"] <= good["rest_bound"]).all()


def test_corollary_one_begins_at_astronomic_sizes():
    every = least_points(lambda log_n: 10 * log_n, deltas=[0.045])
    assert every["log10_n"] == pytest.approx(12.2, abs=0.05)
    # The example of the companion's derivation: delta 0.1; the best epsilon there is larger than 1/4.
    assert 12 < least_points(lambda log_n: 10 * log_n, deltas=[0.1])["log10_n"] < 20
    assert least_points(lambda log_n: 1.0, deltas=[0.055])["log10_n"] < 9


def test_certificates_fall_to_the_limit():
    table = certificates((9, 20, 40), 9, 2)
    assert (table["factor"] < table["trivial"]).all()
    assert (np.diff(table["factor"]) < 0).all()
    assert table["factor"].min() > 1 + math.sqrt(2) > table["measured"].max()
    assert math.isnan(table["measured"].iloc[1])


def test_no_repetitions_are_refused():
    with pytest.raises(ValueError, match="repetitions must be at least 1"):
        algorithm_runs((64,), ((0.5, 0.25),), 0)
