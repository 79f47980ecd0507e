"""The tangent kernels of both layers: Gram matrices of the Jacobian, positive semidefinite, and what they predict."""

import numpy as np
import pytest
from bad_input import bad_points, bad_vectors, unit_points
from hypothesis import given

from twolayer.activations import relu
from twolayer.kernels import relu_gram, relu_neural_tangent_gram
from twolayer.network import jacobian
from twolayer.parameters import Parameters
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import (
    activation_gram,
    extreme_eigenvalues,
    hidden_layer_gram,
    output_layer_gram,
    stable_rate_limit,
)


def net(seed, m, d, n, laws="normal"):
    """Points (n, d), hidden weights (m, d) and output weights (m,)."""
    rng = np.random.default_rng([seed, m, d, n])
    w = rng.standard_normal(m) if laws == "normal" else rng.choice([-1.0, 1.0], m)
    return unit_points([seed, n], n, d), rng.standard_normal((m, d)), w


@pytest.mark.parametrize("sizes", [(1, 1, 1), (7, 3, 12), (40, 10, 25)])
def test_they_are_the_gram_matrix_of_the_jacobian_split_by_layers(sizes):
    x, a, w = net(1, *sizes)
    derivatives = jacobian(Parameters(a, np.zeros(len(a)), w, 0.0), x, relu())
    by_a = derivatives.a.reshape(len(x), -1)
    np.testing.assert_allclose(hidden_layer_gram(x, a, w), by_a @ by_a.T, atol=1e-12)
    np.testing.assert_allclose(output_layer_gram(x, a), derivatives.w @ derivatives.w.T, atol=1e-12)


def test_the_hidden_one_is_the_gram_matrix_of_the_khatri_rao_product():
    x, a, w = net(2, 9, 4, 6)
    weighted = (x @ a.T > 0) * w
    columns = np.stack([np.kron(weighted[j], x[j]) for j in range(6)], axis=1)  # B * X of the paper
    np.testing.assert_allclose(hidden_layer_gram(x, a, w), columns.T @ columns, atol=1e-13)


@pytest.mark.parametrize("sizes", [(3, 2, 10), (50, 5, 20), (200, 30, 20)])
def test_they_are_symmetric_and_positive_semidefinite(sizes):
    x, a, w = net(3, *sizes)
    for gram in (hidden_layer_gram(x, a, w), output_layer_gram(x, a)):
        np.testing.assert_array_equal(gram, gram.T)
        low, high = extreme_eigenvalues(gram)
        assert low > -1e-12 * high
        assert high > 0
    assert np.linalg.matrix_rank(output_layer_gram(x, a)) <= sizes[0]


def test_signs_of_the_output_weights_do_not_matter_where_they_are_signs():
    x, a, w = net(4, 30, 6, 15, "signs")
    np.testing.assert_array_equal(hidden_layer_gram(x, a, w), hidden_layer_gram(x, a, np.ones(30)))
    np.testing.assert_array_equal(activation_gram(x, x @ a.T > 0, w), hidden_layer_gram(x, a, w))
    diagonal = np.diag(hidden_layer_gram(x, a, w))
    np.testing.assert_allclose(diagonal, (x @ a.T > 0).sum(axis=1), rtol=1e-12)


def test_wide_networks_have_the_limit_kernels():
    d, m = 5, 200_000
    x, a, w = net(5, m, d, 6, "signs")
    # Standard errors of an entry over m neurons: at most 1/(2 sqrt m) = 0.0011, and 0.6/sqrt m = 0.0013.
    hidden, output = hidden_layer_gram(x, a, w) / m, output_layer_gram(x, a) / m
    limit_output = relu_gram(x, weights="gaussian")
    assert np.abs(output - limit_output).max() < 0.008
    angles = np.arccos(np.clip(x @ x.T, -1, 1))
    limit_hidden = (x @ x.T) * (np.pi - angles) / (2 * np.pi)
    assert np.abs(hidden - limit_hidden).max() < 0.006
    assert relu_neural_tangent_gram(x).shape == hidden.shape


def test_they_drive_the_error_to_first_order():
    x, a, w = net(6, 60, 10, 20)
    y = np.random.default_rng(6).standard_normal(20)
    hidden, output = hidden_layer_gram(x, a, w), output_layer_gram(x, a)
    remainders = []
    for scale in (1e-6, 1e-7):
        rates = (scale, 3 * scale)
        descent = TwoRateDescent(x, y, a, w, rates=rates)
        start = descent.error.copy()
        descent.advance(1)
        predicted = start - rates[0] * hidden @ start - rates[1] * output @ start
        remainders.append(np.linalg.norm(descent.error - predicted))
    # The remainder is of second order: a tenth of the rate, a hundredth of the remainder (no activation changes).
    assert descent.activation_changes[:, 0].sum() == 0
    assert remainders[0] / remainders[1] == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_the_limit_separates_stable_from_unstable_steps(ratio):
    # The last eigenvector is the first to grow. One step of size 1e-9 along it leaves the activations alone.
    x, a, w = net(7, 80, 20, 15)
    hidden, output = hidden_layer_gram(x, a, w), output_layer_gram(x, a)
    limit = stable_rate_limit(hidden, output, ratio)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(hidden + ratio * output)[-1], rel=1e-12)
    top = np.linalg.eigh(hidden + ratio * output)[1][:, -1]
    outputs = TwoRateDescent(x, np.zeros(15), a, w, rates=(1.0, 1.0)).error
    for factor, outcome in ((0.99, "running"), (1.01, "error increased")):
        rates = (factor * limit, ratio * factor * limit)
        descent = TwoRateDescent(x, outputs - 1e-4 * top, a, w, rates=rates, tolerance=1e-9)
        assert descent.advance(1) == outcome


def test_extreme_eigenvalues_of_a_known_matrix():
    assert extreme_eigenvalues([[2.0, 1.0], [1.0, 2.0]]) == pytest.approx((1.0, 3.0), rel=1e-14)
    assert extreme_eigenvalues([[4.0]]) == (4.0, 4.0)


GOOD = dict(zip(("x", "a", "w"), net(8, 6, 3, 4), strict=True))


@given(bad_points())
def test_bad_points_are_refused(x):
    with pytest.raises((TypeError, ValueError), match="x"):
        hidden_layer_gram(x, GOOD["a"], GOOD["w"])
    with pytest.raises((TypeError, ValueError), match="x"):
        output_layer_gram(x, GOOD["a"])


@given(bad_vectors(6))
def test_bad_output_weights_are_refused(w):
    with pytest.raises((TypeError, ValueError), match="w"):
        hidden_layer_gram(GOOD["x"], GOOD["a"], w)


@pytest.mark.parametrize("a", [np.ones((6, 2)), np.ones((0, 3)), np.ones(3), np.full((6, 3), np.inf)])
def test_bad_hidden_weights_are_refused(a):
    with pytest.raises(ValueError, match="a "):
        output_layer_gram(GOOD["x"], a)


@pytest.mark.parametrize(
    "active",
    [np.ones((4, 6)), np.ones((6, 4), dtype=bool), np.ones(6, dtype=bool), np.zeros((4, 0), dtype=bool)],
)
def test_bad_activations_are_refused(active):
    with pytest.raises(ValueError, match="active must be bool"):
        activation_gram(GOOD["x"], active, GOOD["w"])


@pytest.mark.parametrize(
    ("gram", "message"),
    [
        (np.ones((2, 3)), "square"),
        (np.ones(3), "square"),
        (np.ones((0, 0)), "square"),
        ([[1.0, 2.0], [0.0, 1.0]], "symmetric"),
        ([[np.nan, 0.0], [0.0, 1.0]], "NaN"),
    ],
)
def test_matrices_without_real_spectrum_are_refused(gram, message):
    with pytest.raises(ValueError, match=message):
        extreme_eigenvalues(gram)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.eye(2), None, 1.0), "output_gram is needed"),
        ((np.eye(2), np.eye(2), -1.0), "negative"),
        ((np.eye(2), np.eye(2), np.nan), "negative"),
        ((np.zeros((2, 2)),), "kernel is zero"),
        ((np.eye(2), np.eye(3), 1.0), "broadcast|shape"),
    ],
)
def test_limits_that_do_not_exist_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        stable_rate_limit(*arguments)
