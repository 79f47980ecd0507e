"""Coordinates of orthonormal points: training in them is training in the space; what is refused."""

import numpy as np
import pytest
import torch
from bad_input import NOT_NUMBERS, bad_points
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.incremental.setting_runs import descend, random_frame
from twolayer.jump_process import jump_process
from twolayer.log_scaled_descent import orthogonal_descent
from twolayer.orthonormal import TOLERANCE, data_coordinates, orthonormal_points


def problem(seed=0, n=6, d=9, m=5):
    rng = np.random.default_rng(seed)
    x = random_frame(rng, n, d)
    return x, rng.standard_normal(n), 0.3 * rng.standard_normal((m, d)), rng.choice([-0.4, 0.4], m)


def test_coordinates_and_rest_give_the_weights_back():
    x, _, a, _ = problem()
    split = data_coordinates(x, a)
    np.testing.assert_allclose((split.inside**2).sum(1) + split.outside**2, (a**2).sum(1), rtol=1e-14)
    np.testing.assert_allclose(split.inside, np.einsum("jd,id->ji", a, x), rtol=1e-13, atol=1e-15)
    assert data_coordinates(x, x).outside.max() < 1e-15
    np.testing.assert_allclose(data_coordinates(x, x).inside, np.eye(len(x)), atol=1e-15)


def test_the_update_is_the_one_of_autograd():
    x, y, a, w = problem()
    hand = descend(x, a, w, y, rate=0.7, epochs=10)
    hidden, output = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (a, w))
    points, labels = torch.tensor(x), torch.tensor(y)
    optimiser = torch.optim.SGD([hidden, output], lr=0.7)
    for _ in range(10):
        optimiser.zero_grad()
        loss = 0.5 * ((torch.relu(points @ hidden.T) @ output - labels) ** 2).mean()
        loss.backward()
        optimiser.step()
    # Ten steps of the same sums in another order.
    np.testing.assert_allclose(hand.hidden, hidden.detach().numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(hand.output, output.detach().numpy(), rtol=0, atol=1e-12)


def test_training_in_the_space_is_training_in_the_coordinates():
    x, y, a, w = problem(seed=3)
    start = data_coordinates(x, a)
    space = descend(x, a, w, y, rate=0.5, epochs=400)
    there = data_coordinates(x, space.hidden)
    here = orthogonal_descent(start.inside, w, y, rate=0.5, epochs=400, stop_loss=1e-300, snapshots=(400,))
    _, directions, sizes = here.snapshots[0]
    # Four hundred steps, each with rounding errors of 1e-16.
    np.testing.assert_allclose(there.inside, directions * np.exp(sizes)[:, None], atol=1e-12)
    np.testing.assert_allclose(there.outside, start.outside, rtol=1e-13)
    assert space.losses[-1] == pytest.approx(here.losses[-1], rel=1e-10)


def test_without_orthonormality_the_coordinates_are_not_enough():
    x, y, a, w = problem(seed=3)
    skew = x.copy()
    skew[1] = np.cos(1.0) * x[1] + np.sin(1.0) * x[0]
    moved = descend(skew, a, w, y, rate=0.5, epochs=20)
    wrong = orthogonal_descent(a @ skew.T, w, y, rate=0.5, epochs=20, stop_loss=1e-300)
    assert abs(moved.losses[-1] - wrong.losses[-1]) > 1e-3
    with pytest.raises(ValueError, match=r"rows 0 and 1 have inner product 0\.84147"):
        data_coordinates(skew, a)


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 12))
@settings(max_examples=40)
def test_frames_pass_and_spoiled_ones_do_not(seed, n, more):
    rng = np.random.default_rng(seed)
    x = random_frame(rng, n, n + more)
    assert orthonormal_points(x) is x
    x[rng.integers(n)] *= 1 + 10 * TOLERANCE
    with pytest.raises(ValueError, match="squared norm"):
        orthonormal_points(x)
    orthonormal_points(x, tolerance=1e-3)


def test_messages_name_the_worst_pair_and_the_fix():
    x = np.eye(4)
    x[0, 1], x[3] = 1e-3, [0, 0, 0.6, 0.8]
    with pytest.raises(ValueError, match=r"rows 2 and 3 have inner product 0\.6 .*np\.linalg\.svd"):
        orthonormal_points(x)
    u, _, v = np.linalg.svd(x, full_matrices=False)
    orthonormal_points(u @ v)
    with pytest.raises(ValueError, match="5 points in dimension 3"):
        orthonormal_points(np.ones((5, 3)))
    with pytest.raises(ValueError, match="row 0 has squared norm inf"):
        orthonormal_points(np.full((1, 2), 1e200))
    with pytest.raises(ValueError, match=r"shape \(m, 4\)"):
        data_coordinates(np.eye(4), np.ones((3, 5)))
    with pytest.raises(ValueError, match="tolerance"):
        orthonormal_points(np.eye(2), tolerance=0.0)


@given(bad_points())
@settings(max_examples=40)
def test_bad_points_are_refused(x):
    with pytest.raises((TypeError, ValueError)):
        data_coordinates(x, np.ones((2, 2)))


@given(NOT_NUMBERS)
@settings(max_examples=20)
def test_bad_weights_are_refused(a):
    with pytest.raises((TypeError, ValueError)):
        data_coordinates(np.eye(2), a)


def test_zero_labels_and_uncovered_points():
    active, signs = np.array([[True, False, True], [False, False, True]]), np.array([1, -1])
    with pytest.raises(ValueError, match=r"y\[1\] is; leave that point out"):
        jump_process(active, signs, np.array([1.0, 0.0, 2.0]))
    # Point 1 has no neuron, point 2 only one of the other sign besides neuron 0: the right partial answer.
    y = np.array([1.0, 3.0, -2.0])
    process = jump_process(active, signs, y)
    assert process.fitted_by.tolist() == [1, -1, 0]
    assert process.losses[-1] == pytest.approx(y[1] ** 2 / 6)
    # The flow agrees: what nobody covers stays.
    hidden = np.where(active, 1e-3, -1e-3) * np.array([[1.0], [1.0]])
    path = orthogonal_descent(
        hidden, np.linalg.norm(hidden, axis=1) * signs, y, rate=0.3, epochs=4000, stop_loss=1e-12
    )
    assert path.outcome == "unfinished"
    assert path.losses[-1] == pytest.approx(y[1] ** 2 / 6, abs=1e-9)
    assert path.outputs[1] == 0


def test_a_zero_label_pulls_outputs_to_zero_and_nothing_grows_from_it():
    y = np.array([1.0, 0.0])
    hidden = 1e-2 * np.array([[0.8, 0.6]])
    path = orthogonal_descent(hidden, np.array([1e-2]), y, rate=0.3, epochs=6000, stop_loss=1e-14)
    # The point with label zero is active and is unlearnt: its coordinate ends below any trace of its start.
    assert np.abs(path.outputs - y).max() < 1e-6
