"""Appendix A.1: Gaussian weights."""

import numpy as np
import pytest

from companion.runner import compute_table
from studies.underdetermined import costs, gaussian_theory, gaussian_weights
from studies.underdetermined.activations import FOUR
from studies.underdetermined.data import load
from twolayer.gram import empirical_gram
from twolayer.initialisation import sphere_points
from twolayer.kernels import relu_gram


@pytest.fixture(scope="module")
def points():
    return sphere_points(np.random.default_rng(0), 6, 5)


def test_relu_matrix_is_d_times_that_of_the_sphere(points):
    mixture = gaussian_weights.gaussian_population_gram(points, "relu")
    # 1e-6: the truncation of ReLU's series at degree 800, of order K^-3 in the kernel.
    np.testing.assert_allclose(mixture, 5 * relu_gram(points), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", FOUR)
def test_mixture_agrees_with_monte_carlo(points, name):
    neurons = np.random.default_rng(1).standard_normal((200_000, 5))
    activation = gaussian_weights.clipped_activation(name, 5)
    features = activation(points @ neurons.T)
    products = np.einsum("ik,jk->ijk", features[:3], features[:3])
    error = products.std(axis=-1) / np.sqrt(len(neurons))
    exact = gaussian_weights.gaussian_population_gram(points, name)[:3, :3]
    # Five standard errors, six distinct entries, four activations: a false alarm once in 70 000 changes of the seed.
    assert (np.abs(products.mean(axis=-1) - exact) < 5 * error).all()
    np.testing.assert_allclose(empirical_gram(points, neurons, activation)[:3, :3], products.mean(axis=-1))


def test_quadrature_has_converged():
    x, _ = load("Prostate-Cancer")
    for name in FOUR:
        coarse, fine = (gaussian_weights.gaussian_population_gram(x[:20], name, radii) for radii in (40, 80))
        np.testing.assert_allclose(coarse, fine, atol=1e-5 * fine.max())


def test_clipping_continues_wendland_by_its_value_at_one():
    clipped = gaussian_weights.clipped_activation("wendland2", 8)
    np.testing.assert_allclose(clipped(np.array([0.5, 1.0, 1.5, 9.0]))[1:], 3.0)
    assert gaussian_weights.clipped_activation("relu", 8)(np.array([4.0]))[0] == 4
    z = np.array([[-2.0, 0.3, 5.0]])
    for name, values in zip(FOUR, gaussian_weights.ClippedFeatures(8)(z), strict=True):
        np.testing.assert_allclose(values, gaussian_weights.clipped_activation(name, 8)(z), rtol=1e-14)


def test_both_laws_use_the_same_directions():
    table = compute_table(gaussian_weights.GAUSSIAN_WEIGHTS, "quick")
    assert set(table["law"]) == set(gaussian_weights.LAWS)
    generators = [np.random.default_rng(3), np.random.default_rng(3)]
    plain, unit = (
        gaussian_weights._neurons(rng, 8, law, 5)
        for rng, law in zip(generators, ("gaussian", "sphere"), strict=True)
    )
    np.testing.assert_allclose(plain / np.linalg.norm(plain, axis=1, keepdims=True), unit)


def test_projections_grow_like_the_root_of_n_until_centred():
    table = gaussian_weights.projections_of_orthonormal_data(0, (10, 100, 1000), 1000)
    # Standard error of the mean .58 / sqrt(1000) = .018; five of them, three sizes: false alarms below 1e-5.
    np.testing.assert_allclose(table["mean"], table["predicted"], atol=0.092)
    np.testing.assert_allclose(table["deviation"], np.sqrt(0.5 - 0.5 / np.pi), rtol=0.12)
    slope = np.polyfit(np.log(table["n"]), np.log(table["parameter"]), 1)[0]
    assert slope == pytest.approx(0.5, abs=0.02)
    assert table["centred_parameter"].max() < 0.55


def test_growth_constants():
    values = [gaussian_theory.linear_growth(name, 8) for name in FOUR]
    # The grid has the spacing 1.2e-4, and the Wendland quotients peak at z = 1.
    np.testing.assert_allclose(values, [1, 3, 1, 1], atol=1e-3)
    assert max(values[2:]) <= 1


def test_width_of_a_5_is_not_invariant_as_printed():
    for corrected, factor in ((False, 0.01), (True, 1.0)):
        one, ten = (
            gaussian_theory.sufficient_gaussian_width(97, p, 4.0, p**2 * 0.01, 0.05, corrected=corrected)
            for p in (1.0, 10.0)
        )
        assert ten / one == pytest.approx(factor, rel=1e-12)
    with pytest.raises(ValueError, match="probability below 1"):
        gaussian_theory.sufficient_gaussian_width(97, 1.0, 4.0, 0.01, 1.0, corrected=True)
    with pytest.raises(ValueError, match="smallest_eigenvalue"):
        gaussian_theory.sufficient_gaussian_width(97, 1.0, 4.0, 0.0, 0.05, corrected=True)


def test_deviation_falls_like_the_root_of_the_width(points):
    table = gaussian_weights.gram_deviations(points, "swish", [100, 1600], 30, 0)
    means = table.groupby("width")["deviation"].mean()
    assert means[100] / means[1600] == pytest.approx(4, rel=0.35)


def test_descent_reaches_the_least_norm_solution():
    x, y = load("Prostate-Cancer")
    table = gaussian_theory.descend_with_gaussian_weights(x[::12], y[::12], FOUR[:3], 150, 0, halvings=40)
    assert (table["distance"] < 1e-10).all()
    early = gaussian_theory.descend_with_gaussian_weights(x[::12], y[::12], FOUR[:1], 150, 0, halvings=1)
    assert early["distance"].iloc[0] > 0.01


def test_every_way_gives_the_same_result():
    table = compute_table(costs.COSTS, "quick")
    assert (table["seconds"] > 0).all()
    for _, group in table.groupby("experiment"):
        np.testing.assert_allclose(group["result"], group["result"].iloc[0], rtol=1e-5)
    with pytest.raises(ValueError, match="no experiment 'other'"):
        costs.compute(costs.Comparison("other", 1, 1))
