from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twolayer import closed_system
from twolayer.half_sided import WeightedData, half_sided_moments
from twolayer.half_sided_datasets import shifted, six_points
from twolayer.initialisation import he
from twolayer.largest_movement import LargestMovement, hull_vertices, largest_movements
from twolayer.line_descent import descent_on_line
from twolayer.parameters import Parameters

SUPREMA = ("a", "b", "w", "c", "kink", "kappa")


def start_and_step(width, trials, leak=0.0, seed=0):
    start = he(np.random.default_rng([seed, width]), width, 1, (trials,))
    moments = closed_system.neuron_moments(start.a[..., 0], start.b, start.w)
    limit = closed_system.largest_step(moments, half_sided_moments(six_points())[0], leak)
    return start.a[..., 0], start.w, limit


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_hull_agrees_with_all_neurons(leak):
    a, w, step = start_and_step(32, 120, leak)
    options = {"step_size": step, "steps": 3000, "leak": leak}
    fast = largest_movements(a, w, six_points(), **options)
    slow = largest_movements(a, w, six_points(), method="neurons", **options)
    np.testing.assert_array_equal(fast.crossed_at, slow.crossed_at)
    assert fast.crossed.any()
    assert (~fast.crossed).any()
    for name in SUPREMA:  # a - a_0 is a difference of nearly equal numbers, known to 1e-16 / 1e-5
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-9)


def test_a_neuron_that_changes_its_sign_is_followed():
    a, w, step = start_and_step(16, 300)
    options = {"step_size": step, "steps": 1500}
    fast = largest_movements(a, w, six_points(), **options)
    slow = largest_movements(a, w, six_points(), method="neurons", **options)
    assert fast.flipped.sum() >= 5  # a few per cent of narrow networks; the seeds are fixed
    np.testing.assert_array_equal(fast.crossed_at, slow.crossed_at)
    for name in SUPREMA:
        np.testing.assert_allclose(
            getattr(fast, name)[fast.flipped], getattr(slow, name)[fast.flipped], rtol=1e-9
        )


def test_suprema_are_those_of_plain_gradient_descent():
    a, w, step = start_and_step(24, 6, seed=5)
    data = shifted(six_points(), 0.02)
    moved = largest_movements(a, w, data, step_size=step, steps=400)
    for t in np.flatnonzero(~moved.crossed & ~moved.flipped):
        start = Parameters(a[t][:, None], np.zeros(24), w[t], 0.0)
        path = descent_on_line(start, data.x, data.y, step=step[t], record_at=range(401)).parameters
        for name in ("a", "b", "w", "c"):
            values = getattr(path, name)
            np.testing.assert_allclose(getattr(moved, name)[t], np.abs(values - values[0]).max(), rtol=1e-9)
        np.testing.assert_allclose(moved.kink[t], np.abs(path.b / path.a[..., 0]).max(), rtol=1e-9)
    assert (~moved.crossed).sum() >= 4


def test_accumulated_drive_bounds_the_movement():
    """Prop. G.2: max |Delta b| <= kappa max |w_0| + 2 kappa^2 e^(2 kappa) max |theta_0|."""
    a, w, step = start_and_step(64, 100)
    moved = largest_movements(a, w, six_points(), step_size=step, steps=5000)
    kept, kappa = ~moved.crossed & ~moved.flipped, moved.kappa
    rest = 2 * kappa**2 * np.exp(2 * kappa) * np.maximum(np.abs(a).max(axis=1), np.abs(w).max(axis=1))
    assert (moved.b <= kappa * np.abs(w).max(axis=1) + rest)[kept].all()
    assert (moved.a <= kappa * np.abs(w).max(axis=1) + rest)[kept].all()
    assert (moved.w <= kappa * np.abs(a).max(axis=1) + rest)[kept].all()


def test_frozen_pattern_goes_on_past_a_crossing():
    a, w, step = start_and_step(32, 60)
    options = {"step_size": step, "steps": 2000}
    stopped = largest_movements(a, w, six_points(), **options)
    frozen = largest_movements(a, w, six_points(), stop_at_crossing=False, **options)
    neurons = largest_movements(a, w, six_points(), stop_at_crossing=False, method="neurons", **options)
    assert not frozen.crossed.any()
    assert not frozen.flipped.any()
    np.testing.assert_allclose(frozen.b, neurons.b, rtol=1e-9)
    same = ~stopped.crossed & ~stopped.flipped
    np.testing.assert_array_equal(frozen.b[same], stopped.b[same])
    assert (frozen.kappa[stopped.crossed] > stopped.kappa[stopped.crossed]).all()


def test_results_do_not_depend_on_threads():
    a, w, step = start_and_step(32, 20)
    one, two = (largest_movements(a, w, six_points(), step_size=step, steps=500, threads=n) for n in (1, 2))
    for field in fields(LargestMovement):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


@given(
    arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.integers(-5, 5)),
    st.floats(0, 6.3),
)
def test_linear_forms_are_largest_at_hull_vertices(points, angle):
    form = np.array([np.cos(angle), np.sin(angle)])
    vertices = hull_vertices(points)
    assert {tuple(v) for v in vertices} <= {tuple(p) for p in points}
    assert (points @ form).max() == pytest.approx((vertices @ form).max(), abs=1e-12)


def test_hull_of_a_square_with_a_point_inside():
    corners = {(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)}
    assert {
        tuple(v) for v in hull_vertices([[0, 0], [1, 0], [0.5, 0.5], [1, 1], [0, 1], [0.5, 0]])
    } == corners


def test_bad_input_is_refused():
    a, w, step = start_and_step(8, 2)
    good = {"step_size": step, "steps": 10}
    with pytest.raises(ValueError, match="shape"):
        largest_movements(a[0], w[0], six_points(), **good)
    with pytest.raises(ValueError, match="no side"):
        largest_movements(a * 0, w, six_points(), **good)
    with pytest.raises(ValueError, match="greater than zero"):
        largest_movements(a, w, six_points(), step_size=-1.0, steps=10)
    with pytest.raises(ValueError, match="leak"):
        largest_movements(a, w, six_points(), leak=-1.0, **good)
    with pytest.raises(ValueError, match="method"):
        largest_movements(a, w, six_points(), method="hulls", **good)
    with pytest.raises(TypeError, match="WeightedData"):
        largest_movements(a, w, six_points().x, **good)
    many = WeightedData(six_points().x, six_points().y, np.full((3, 6), 1 / 6))
    with pytest.raises(TypeError, match="ensemble"):
        largest_movements(a, w, many, **good)
    with pytest.raises(ValueError, match="steps"):
        largest_movements(a, w, six_points(), step_size=step, steps=0)
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        hull_vertices([1.0, 2.0])
