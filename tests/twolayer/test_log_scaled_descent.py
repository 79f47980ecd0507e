"""Gradient descent in logarithmic scales against the plain loop, the flow, and printed values."""

import numpy as np
import pytest

from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.log_scaled_descent import log_scaled_descent, orthogonal_descent
from twolayer.saddle_flow import saddle_flow


def plain_descent(instance, scale, rate, factor, epochs):
    z = scale * instance.directions
    w = scale * instance.signs * np.linalg.norm(instance.directions, axis=1)
    n = instance.y.size
    for _ in range(epochs):
        positive = np.maximum(z, 0.0)
        pull = factor / n * (instance.y - w @ positive)
        z, w = z + rate * (z > 0) * np.outer(w, pull), w + rate * (positive @ pull)
    residuals = instance.y - w @ np.maximum(z, 0.0)
    return z, w, factor / (2 * n) * (residuals @ residuals)


@pytest.mark.parametrize(("n", "m"), [(16, 12), (33, 5), (7, 1)])
def test_scaled_epochs_are_plain_epochs(n, m):
    instance = mixed_instance(4, n, m)
    path = log_scaled_descent(
        instance.directions,
        instance.signs,
        instance.y,
        np.log(1e-4),
        rate=0.3,
        factor=2.0,
        epochs=900,
        record_every=300,
    )
    assert path.epochs.tolist() == [0, 300, 600, 900]
    for epoch, loss, logs in zip(path.epochs, path.losses, path.log_norms, strict=True):
        _, w, expected = plain_descent(instance, 1e-4, 0.3, 2.0, epoch)
        assert loss == pytest.approx(expected, rel=1e-9)
        np.testing.assert_allclose(np.exp(logs), np.abs(w), rtol=1e-8)


def test_the_run_of_figure_1():
    # Printed: loss below 1e-10 at epoch 929,000 on a grid of 500, squared norm 32.9551.
    instance = positive_instance()
    path = log_scaled_descent(
        instance.directions, instance.signs, instance.y, -500.0, rate=0.01, epochs=10**6
    )
    assert path.outcome == "converged"
    assert 928_500 < path.epochs[-1] <= 929_000
    assert path.squared_norm == pytest.approx(32.9551, abs=6e-5)
    np.testing.assert_allclose(path.outputs, instance.y, atol=1e-3)


def test_a_small_rate_follows_the_flow_at_a_scale_far_below_the_smallest_number():
    instance = mixed_instance(8)
    flow = saddle_flow(instance.directions, instance.signs, instance.y, -900.0)
    path = log_scaled_descent(
        instance.directions,
        instance.signs,
        instance.y,
        -900.0,
        rate=0.02,
        epochs=3 * 10**6,
        record_every=2000,
    )
    assert path.outcome == "converged"
    times = 0.02 * path.epochs
    logs = np.array([np.interp(times, flow.times, flow.log_norms[:, j]) for j in range(12)]).T
    inside = times < flow.times[-1]
    # An epoch multiplies by 1 + rate delta, the flow by exp(rate delta): a late growth by up to rate delta^2 / 2 t.
    assert np.abs(path.log_norms - logs)[inside].max() < 0.02 * 0.2**2 / 2 * times[-1] * 1.5
    a, w = flow.end
    assert path.squared_norm == pytest.approx((a**2).sum() + (w**2).sum(), rel=1e-3)


def test_a_rate_that_is_too_large_kills_the_neurons_and_says_that_it_did_not_converge():
    instance = positive_instance(2, 8, 3)
    path = log_scaled_descent(instance.directions, instance.signs, instance.y, -3.0, rate=1000.0, epochs=5000)
    # The first large step overshoots: every active coordinate turns negative, where it stays.
    assert path.outcome != "converged"
    assert np.isfinite(path.losses).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": 0.0}, "rate"),
        ({"epochs": 0}, "epochs"),
        ({"stop_loss": -1.0}, "stop_loss"),
        ({"signs": np.ones(3)}, "2 neurons"),
        ({"directions": np.array([[0.0, 0.0], [1.0, 0.0]])}, "neuron 0"),
    ],
)
def test_bad_input_is_named(change, message):
    good = {
        "directions": np.ones((2, 2)),
        "signs": np.ones(2),
        "y": np.ones(2),
        "log_scale": -5.0,
        "rate": 0.1,
    }
    with pytest.raises((ValueError, TypeError), match=message):
        log_scaled_descent(**(good | change))


def test_snapshots_hold_the_directions_of_the_plain_loop_and_change_nothing():
    instance = mixed_instance(4, 9, 5)
    arguments = (instance.directions, instance.signs, instance.y, np.log(1e-3))
    path = log_scaled_descent(*arguments, rate=0.3, epochs=400, record_every=150, snapshots=(310, 0, 150))
    plain = log_scaled_descent(*arguments, rate=0.3, epochs=400)
    assert path.epochs.tolist() == [0, 150, 300, 400]
    assert path.squared_norm == pytest.approx(plain.squared_norm, rel=1e-13)
    assert [epoch for epoch, _, _ in path.snapshots] == [0, 150, 310]
    for epoch, directions, logs in path.snapshots:
        z, _, _ = plain_descent(instance, 1e-3, 0.3, 1.0, epoch)
        sizes = np.linalg.norm(z, axis=1)
        np.testing.assert_allclose(directions, z / sizes[:, None], atol=1e-10)
        np.testing.assert_allclose(logs, np.log(sizes), atol=1e-10)


def test_snapshots_after_the_end_are_left_out():
    instance = mixed_instance(8)
    path = orthogonal_descent(
        instance.directions, 0.1 * instance.signs, instance.y, rate=0.5, stop_loss=0.1, snapshots=(2, 10**6)
    )
    assert [epoch for epoch, _, _ in path.snapshots] == [2]


def test_any_start_agrees_with_the_plain_loop_also_where_output_weights_cross_zero():
    rng = np.random.default_rng(5)
    z, w, y = rng.uniform(-0.3, 0.3, (40, 12)), rng.uniform(-0.2, 0.2, 40), 2 * rng.standard_normal(12)
    path = orthogonal_descent(z, w, y, rate=0.05, factor=2.0, epochs=3000, stop_loss=1e-25)
    a, v = z.copy(), w.copy()
    for _ in range(3000):
        pull = 2.0 / 12 * (y - v @ np.maximum(a, 0.0))
        a, v = a + 0.05 * (a > 0) * np.outer(v, pull), v + 0.05 * (np.maximum(a, 0.0) @ pull)
    assert (np.sign(v) != np.sign(w)).any(), "no weight has crossed zero: the example tests nothing"
    assert path.squared_norm == pytest.approx((a**2).sum() + (v**2).sum(), rel=1e-10)
    np.testing.assert_allclose(path.outputs, v @ np.maximum(a, 0.0), atol=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output": np.ones(3)}, "shapes"),
        ({"hidden": np.full((2, 4), np.nan)}, "hidden"),
        ({"y": np.ones(3)}, "y|label"),
        ({"rate": 0.0}, "rate"),
        ({"snapshots": (-1,)}, "snapshot"),
    ],
)
def test_bad_starts_are_refused(change, message):
    arguments = {"hidden": np.ones((2, 4)), "output": np.ones(2), "y": np.ones(4), "rate": 0.1} | change
    with pytest.raises((TypeError, ValueError), match=message):
        orthogonal_descent(**arguments)
