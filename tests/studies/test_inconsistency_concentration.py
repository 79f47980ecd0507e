"""Appendix E in numbers: the tails against scipy, the lemma on matrices, golden values."""

import numpy as np
import pytest
from scipy.stats import t as student

from studies.inconsistency import concentration as study


def test_the_fourier_inversion_knows_the_student_distribution_and_the_mean_of_two():
    assert study.student_tail([1], 0.1)[0] == pytest.approx(2 * student.sf(1.0, 3), abs=1e-9)
    rng = np.random.default_rng(0)
    two = np.abs(rng.standard_t(3, (400_000, 2)).mean(axis=1)) >= 2 ** (0.1 - 0.5)
    p = study.student_tail([2], 0.1)[0]
    assert abs(two.mean() - p) <= 4 * np.sqrt(p * (1 - p) / 400_000)


def test_exponential_means_beat_every_power_and_student_means_only_their_own():
    n = 2.0 ** np.arange(2, 19)
    light = study.local_exponents(n, study.exponential_tail(n, 0.25))
    heavy = study.local_exponents(n, study.student_tail(n, 0.25))
    assert (np.diff(light) > 0).all()
    assert light[-1] > 20
    # P(|S_n| >= t) is about n P(|X| >= n t): exponent 3 (1/2 + 0.25) - 1.
    assert heavy[-1] == pytest.approx(1.25, abs=0.04)


def test_hoeffding_and_the_perturbed_inverse_hold():
    table = study.hoeffding([1, 2, 10, 101, 1000], [0.1, 0.5, 1, 3, 10])
    assert (table["exact"] <= table["bound"]).all()
    found = study.perturbed_inverses(np.random.default_rng(1), 2000)
    assert (found[["inverse", "difference"]] <= 1 + 1e-9).all(axis=None)
    assert found["inverse"].max() > 0.9


def test_counts_agree_with_exact_probabilities():
    table = study.counted_failures(0, (16, 128), 0.25, 0.4, 100_000)
    assert table["exact"].between(table["low"], table["high"]).all()


def test_widths_that_the_asymptotics_need():
    found = study.widths_for(0.03)
    assert found["W2"] == pytest.approx(43.1, abs=0.2)
    assert study.exact_failures([10 ** found["W7"]], 0.03, 0.4)["W7"][0] == pytest.approx(0.5, abs=1e-3)


def test_initial_moments_have_the_stated_means():
    table = study.moment_statistics(0, 64, 4000)
    assert (np.abs(table["mean"] - table["expected"]) <= 4 * table["error"]).all()
    assert np.allclose(table["variance"], table["expected_variance"], rtol=0.15)
