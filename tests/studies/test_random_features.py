"""Minimum-norm solutions, the infinite-width limit and Remark 2."""

import numpy as np
import pytest

from studies.underdetermined import random_features as study
from studies.underdetermined.activations import four_activations
from studies.underdetermined.data import load
from twolayer.conditioning import gram_condition_number
from twolayer.funk_hecke import population_gram


def test_four_ways_to_the_least_norm_solution_agree():
    rng = np.random.default_rng(0)
    z, y = rng.standard_normal((20, 60)), rng.standard_normal(20)
    result = study.compare_solutions(z, y, rng)
    # A Gaussian matrix of this shape has condition number 20: everything is rounding.
    assert max(result[name] for name in ("printed", "pinv", "lstsq")) <= 1e-12
    assert max(result[name] for name in ("loss", "loss_printed", "other_loss")) <= 1e-24
    assert result["norm_ratio"] == pytest.approx(np.sqrt(1.25), rel=1e-12)


def test_loss_on_the_prostate_data_vanishes():
    for name in ("wendland0", "swish"):
        (row,) = study.compute_solutions(study.Draw(name, 0))
        assert row["loss"] <= 1e-20
        assert row["lstsq"] <= 1e-10


@pytest.mark.parametrize(
    ("name", "dimension", "second", "ratio"), [("relu", 3, 1 / 6, 3.6), ("wendland0", 3, 1 / 30, 10.0)]
)
def test_moments_have_their_closed_forms(name, dimension, second, ratio):
    # For d = 3 the first coordinate is uniform: E relu^2 = 1/6, E relu^4 = 1/10; Wendland0 is (1 - r)^2.
    computed = study.feature_moments(four_activations(dimension)[name], dimension)
    assert computed == pytest.approx((second, ratio), rel=1e-10)


def test_kurtosis_is_the_formula_within_its_error():
    # Two ensembles at 5 standard errors: false-alarm rate about 1e-6, and the seed is fixed.
    for name in ("relu", "wendland2"):
        (row,) = study.compute_outputs(study.Outputs(name, 3, 16, 500, 1))
        predicted = 3 * (study.feature_moments(four_activations(3)[name], 3)[1] - 1) / 16
        assert abs(row["excess_kurtosis"] - predicted) <= 5 * row["standard_error"]


def test_remark_2_condition_numbers():
    # Independent measurements to three digits.
    x, _ = load("Prostate-Cancer")
    for smoothness, kernel, population in ((0, 22.1, 8.87e3), (2, 311, 3.44e3)):
        assert gram_condition_number(study.wendland_kernel_matrix(x, smoothness)) == pytest.approx(
            kernel, rel=5e-3
        )
        gram = population_gram(x, four_activations(8)[f"wendland{smoothness}"], degree=200)
        assert gram_condition_number(gram) == pytest.approx(population, rel=0.01)


def test_distance_to_the_limit_halves_when_the_width_is_quadrupled():
    rows = study.compute_limit(study.Draw("relu", 0))
    distances = {row["width"]: row["distance"] for row in rows}
    # One draw: the ratio of 100 to 10000 neurons is 10 up to a factor of two.
    assert 5 < distances[100] / distances[10_000] < 20
