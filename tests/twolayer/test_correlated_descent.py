"""Descent on correlated points against the orthonormal engine, against autograd in the space, and against bad input."""

import numpy as np
import pytest
import torch
from bad_input import bad_points
from hypothesis import given, settings

from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.correlated_descent import as_gram, correlated_descent, gram_of, symmetric_root
from twolayer.log_scaled_descent import log_scaled_descent


def random_points(seed, n, d):
    x = np.random.default_rng(seed).standard_normal((n, d))
    return x / np.linalg.norm(x, axis=1)[:, None]


@pytest.mark.parametrize("log_scale", [np.log(1e-3), -200.0, -900.0])
def test_orthonormal_points_give_the_orthonormal_engine(log_scale):
    instance = mixed_instance(8)
    arguments = (instance.directions, instance.signs, instance.y, log_scale)
    options = {"rate": 0.3, "epochs": 60_000, "record_every": 500}
    path = correlated_descent(np.eye(16), *arguments, **options)
    plain = log_scaled_descent(*arguments, **options)
    assert path.outcome == plain.outcome == "converged"
    assert path.epochs.tolist() == plain.epochs.tolist()
    # The sums over points are in another order, and small differences grow while neurons do.
    np.testing.assert_allclose(path.log_norms, plain.log_norms, atol=1e-8)
    np.testing.assert_allclose(path.losses, plain.losses, rtol=1e-7, atol=1e-12)
    assert path.squared_norm == pytest.approx(plain.squared_norm, rel=1e-9)
    np.testing.assert_allclose(path.outputs, plain.outputs, atol=1e-9)


@pytest.mark.parametrize(("n", "d", "m"), [(9, 12, 5), (7, 7, 6), (6, 4, 5)])
def test_epochs_are_steps_of_autograd_in_the_space(n, d, m):
    # The third case has more points than dimensions: the Gram matrix is singular, and the frame is not orthonormal.
    x, instance, rate, epochs = random_points(3, n, d), mixed_instance(5, n, m), 0.4, 250
    gram = gram_of(x)
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-10
    frame = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T @ x
    # Where the frame is no basis, directions outside of its span are none.
    directions = instance.directions @ vectors[:, kept] @ vectors[:, kept].T
    a = torch.tensor(1e-2 * directions @ frame, requires_grad=True)
    w = torch.tensor(1e-2 * instance.signs * np.linalg.norm(directions, axis=1), requires_grad=True)
    points, y = torch.tensor(x), torch.tensor(instance.y)
    path = correlated_descent(
        gram, directions, instance.signs, instance.y, np.log(1e-2), rate=rate, factor=2.0, epochs=epochs
    )
    for _ in range(epochs):
        residual = y - torch.relu(points @ a.T) @ w
        loss = (residual**2).mean()
        gradients = torch.autograd.grad(loss, (a, w))
        with torch.no_grad():
            a -= rate * gradients[0]
            w -= rate * gradients[1]
    outputs = (torch.relu(points @ a.T) @ w).detach().numpy()
    np.testing.assert_allclose(path.outputs, outputs, rtol=1e-7, atol=1e-11)
    np.testing.assert_allclose(path.output_weights, w.detach().numpy(), rtol=1e-8)
    np.testing.assert_allclose(path.hidden_norms, np.linalg.norm(a.detach().numpy(), axis=1), rtol=1e-7)
    np.testing.assert_array_equal(path.active[-1], (points @ a.T).detach().numpy().T > 0)


def test_balance_is_that_of_the_weights_and_not_of_their_coordinates():
    instance, gram = mixed_instance(3, 12, 8), gram_of(random_points(1, 12, 24))
    path = correlated_descent(gram, instance.directions, instance.signs, instance.y, -30.0, rate=0.02)
    assert path.outcome == "converged"
    large = np.abs(path.output_weights) > 0.1
    assert large.any()
    np.testing.assert_allclose(path.hidden_norms[large], np.abs(path.output_weights[large]), rtol=2e-3)
    coordinates = np.linalg.norm((instance.directions @ symmetric_root(gram)), axis=1)
    assert np.abs(coordinates - 1).max() > 0.05


def test_fit_epochs_are_the_first_with_half_of_the_label():
    instance, gram = positive_instance(0, 10, 4), gram_of(random_points(2, 10, 40))
    arguments = (gram, instance.directions, instance.signs, instance.y, -5.0)
    path = correlated_descent(*arguments, rate=0.2, epochs=4000, stop_loss=1e-12)
    reached = path.fit_epochs[path.fit_epochs >= 0]
    assert reached.size
    for epoch in np.unique(reached)[:3]:
        before = correlated_descent(*arguments, rate=0.2, epochs=int(epoch) - 1)
        after = correlated_descent(*arguments, rate=0.2, epochs=int(epoch))
        point = int(np.flatnonzero(path.fit_epochs == epoch)[0])
        assert before.outputs[point] < instance.y[point] / 2 <= after.outputs[point]


def test_the_root_keeps_correlations_far_below_rounding():
    off = np.array([[0.0, 1e-120, -3e-121], [1e-120, 0.0, 2e-120], [-3e-121, 2e-120, 0.0]])
    root = symmetric_root(np.eye(3) + off)
    np.testing.assert_allclose((root - np.eye(3)) * 2, off, rtol=1e-12)
    gram = gram_of(random_points(0, 8, 8))
    np.testing.assert_allclose(symmetric_root(gram) @ symmetric_root(gram), gram, atol=1e-12)
    near = np.eye(3) + 1e6**-1 * np.array([[0, 1, 0.5], [1, 0, 2], [0.5, 2, 0]])
    np.testing.assert_allclose(symmetric_root(near) @ symmetric_root(near), near, atol=1e-15)


@pytest.mark.parametrize(
    ("gram", "message"),
    [
        (np.ones((2, 3)), "x @ x.T"),
        (np.array([[1.0, 0.1], [0.2, 1.0]]), r"\(0, 1\) is 0.1"),
        (np.array([[1.0, 0.1], [0.1, 2.0]]), "entry 1 is 2"),
        (np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]), "eigenvalue -0.8"),
        (np.full((2, 2), np.nan), "gram"),
        (np.zeros((0, 0)), "gram"),
    ],
)
def test_what_is_no_gram_matrix_is_refused(gram, message):
    with pytest.raises((TypeError, ValueError), match=message):
        as_gram(gram)


def test_the_zero_vector_is_no_point():
    with pytest.raises(ValueError, match="row 1"):
        gram_of([[1.0, 0.0], [0.0, 0.0]])


@settings(max_examples=30, deadline=None)
@given(bad_points())
def test_spoiled_points_are_refused(x):
    with pytest.raises((TypeError, ValueError)):
        gram_of(x)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gram": np.eye(3)}, "3 points"),
        ({"rate": -1.0}, "rate"),
        ({"epochs": 0}, "epochs"),
        ({"signs": [1, 2]}, "signs"),
        ({"directions": np.zeros((2, 2))}, "neuron 0"),
        ({"record_every": 0}, "record_every"),
    ],
)
def test_bad_starts_are_refused(change, message):
    good = {
        "gram": np.eye(2),
        "directions": np.ones((2, 2)),
        "signs": np.ones(2),
        "y": np.ones(2),
        "log_scale": -5.0,
        "rate": 0.1,
    }
    with pytest.raises((TypeError, ValueError), match=message):
        correlated_descent(**(good | change))
