"""Explicit constants of appendix B: against simulation, against exact laws, orders of growth, bad input."""

import numpy as np
import pytest
from bad_input import unit_points
from scipy.stats import norm

from studies.convergence.quasirandom import counting_constant
from twolayer import quasirandom_bounds as bounds
from twolayer.subset_norms import largest_subset_norm


def test_the_law_of_a_coordinate():
    # In three dimensions a coordinate is uniform on [-1, 1] (Archimedes).
    np.testing.assert_allclose(bounds.coordinate_tail_inverse(3, [0.25, 0.5]), [0.75, 0.5], rtol=1e-12)


def test_failures_of_the_union_bounds_are_as_rare_as_promised():
    # 400 draws at failure 0.2: more than 120 failures have probability below 1e-6 if the bound holds.
    rng = np.random.default_rng(0)
    n, m, S = 8, 12, 30
    limits = (
        bounds.inner_product_quantile(n, m, 0.2),
        bounds.gaussian_maximum_quantile(S * m, 0.2),
        bounds.counting_bound(S, m, 0.2),
    )
    failures = np.zeros(3)
    for _ in range(400):
        x = rng.standard_normal((m, n))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        gram = np.abs(x @ x.T) - np.eye(m)
        products = x @ rng.standard_normal((S, n)).T
        failures += (
            gram.max() > limits[0],
            np.abs(products).max() > limits[1],
            counting_constant(products) > limits[2],
        )
    assert (failures <= 120).all()
    # And they are not far from sharp: inner products in pairs are nearly independent.
    assert failures[0] >= 40


def test_the_bound_on_subsets_holds_for_adversarial_ones():
    rng = np.random.default_rng(1)
    for seed in range(5):
        x = unit_points(seed, 120, 30)
        sizes = np.array([1, 5, 20, 60, 120])
        found = [largest_subset_norm(x, int(k), rng)[0] for k in sizes]
        assert (found <= bounds.subset_norm_bound(30, 120, sizes, 0.01)).all()
    assert (np.diff(bounds.subset_norm_bound(30, 120, sizes, 0.01)) >= 0).all()


def test_mean_gaussian_length_and_binomials():
    assert bounds.mean_gaussian_length(1) == pytest.approx(np.sqrt(2 / np.pi), rel=1e-12)
    assert np.sqrt(99.5) < bounds.mean_gaussian_length(100) < 10
    assert np.exp(bounds.log_binomial(10, np.array([0, 3, 10]))) == pytest.approx([1, 120, 1])


def test_gaussian_maxima():
    assert bounds.gaussian_maximum_quantile(1, 0.05) == pytest.approx(norm.ppf(0.975), rel=1e-12)
    # Far out: 10^200 variables.
    assert bounds.gaussian_maximum_quantile(1e200, 0.5) == pytest.approx(
        np.sqrt(2 * 200 * np.log(10)), rel=0.01
    )


def test_the_dual_bound_proves_something_from_some_dimension_on():
    assert bounds.dual_bound_size(20) == 180
    assert bounds.dual_bound_log_failure(30, 900) > 0 > bounds.dual_bound_log_failure(35, 35**2)
    # The tail itself is far below the smallest float.
    assert -1e6 < bounds.dual_bound_log_failure(80, 6400) - 80 * np.log(12801) < -745


def test_counting_bound_by_hand_for_one_neuron():
    # S = 1: the count is 1 from R = |g| on, so that the constant is 1/(|g| + 1), which exceeds K with probability
    # P(|g| < 1/K - 1).
    K = bounds.counting_bound(1, 1, 0.1)
    assert 2 * norm.cdf(1 / K - 1) - 1 == pytest.approx(0.1, rel=1e-4)


@pytest.mark.parametrize("bad", [0.0, 1.0, -1, 2, np.nan])
def test_bad_failure_probabilities_are_refused(bad):
    for call in (
        lambda f: bounds.inner_product_quantile(10, 10, f),
        lambda f: bounds.gaussian_maximum_quantile(10, f),
        lambda f: bounds.subset_norm_bound(10, 10, [1], f),
        lambda f: bounds.counting_bound(10, 10, f),
    ):
        with pytest.raises(ValueError, match="failure"):
            call(bad)


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        bounds.inner_product_quantile(1, 5, 0.5)
    with pytest.raises(ValueError, match="sizes must lie"):
        bounds.subset_norm_bound(10, 10, [11], 0.5)
    with pytest.raises(ValueError, match="at least 1"):
        bounds.gaussian_maximum_quantile(0.5, 0.5)
    with pytest.raises(TypeError):
        bounds.dual_bound_log_failure(10.5, 100)
