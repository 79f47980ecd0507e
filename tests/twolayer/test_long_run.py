"""The compiled long runs against the closed system in numpy and against Proposition G.2 written out."""

import numpy as np
import pytest

from twolayer.certificate import extreme_neurons
from twolayer.closed_system import drive, largest_step, lines, neuron_moments, step
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points
from twolayer.long_run import long_run
from twolayer.movement import moment_movement_bound, movement_bound
from twolayer.movement_history import MOVED, track_movement

MATRICES, OPTIMUM = half_sided_moments(six_points())[0], half_sided_regression(six_points())


def he(seed, m, ensemble=()):
    rng = np.random.default_rng([4712, seed])
    a = np.sqrt(2) * rng.standard_normal((*ensemble, m))
    return a, np.sqrt(2 / m) * rng.standard_normal(a.shape)


def slow_run(a, w, h, steps, leak=0.0):
    """Return neurons, moments, output bias and drive after every step."""
    moments, c, theta = neuron_moments(a, 0 * a, w), np.array(0.0), np.stack([a, 0 * a, w], -1)
    history, kappa = [(theta, moments, c, 0.0)], 0.0
    for _ in range(steps):
        u = drive(MATRICES, lines(moments, c, leak) - OPTIMUM, leak)[0]
        kappa += h * np.abs(u).max()
        moments, c, matrix = step(moments, c, MATRICES, OPTIMUM, h, leak)
        theta = np.einsum("iab,ib->ia", matrix[np.where(a > 0, 0, 1)], theta)
        history.append((theta, moments, c, kappa))
    return history


def start(a, w, h, steps, **changes):
    n = len(a)
    indices = extreme_neurons(a, w).reshape(n, 4)
    ratios = np.take_along_axis(w / a, indices, axis=-1).reshape(n, 2, 2)
    arguments = {
        "moments": neuron_moments(a, 0 * a, w),
        "c": np.zeros(n),
        "transfer": np.tile(np.eye(3), (n, 2, 1, 1)),
    }
    arguments |= {"matrices": np.tile(MATRICES, (n, 1, 1, 1)), "optimum": np.tile(OPTIMUM, (n, 1, 1))}
    arguments |= {"step_sizes": h, "ratios": ratios, "distances": np.ones(n), "steps": np.full(n, steps)}
    return long_run(**(arguments | changes))


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_compiled_and_slow_runs_agree(leak):
    a, w = he(0, 300, (3,))
    h = 0.5 * largest_step(neuron_moments(a, 0 * a, w), MATRICES, leak)
    found = start(a, w, h, 700, leak=leak)
    for i in range(3):
        history = slow_run(a[i], w[i], h[i], 700, leak)
        theta, moments, c, kappa = history[-1]
        # Rounding of 700 steps in another order of operations.
        np.testing.assert_allclose(found.moments[i], moments, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(found.c[i], c, atol=1e-12)
        np.testing.assert_allclose(found.drive[i], kappa, rtol=1e-10)
        side = np.where(a[i] > 0, 0, 1)
        initial = np.stack([a[i], 0 * a[i], w[i]], -1)
        np.testing.assert_allclose(
            np.einsum("iab,ib->ia", found.transfer[i][side], initial), theta, rtol=1e-10, atol=1e-12
        )
        kinks = [np.abs(t[:, 1] / t[:, 0]).max() for t, *_ in history[1:]]
        assert found.stopped[i] == (max(kinks) >= 1)
        assert found.largest_kink[i] == pytest.approx(max(kinks), rel=1e-9)
    assert (found.steps == 700).all()


def test_a_run_stops_at_the_step_at_which_the_first_kink_of_any_neuron_crosses():
    # A smaller gap of the data makes crossings common.
    a, w = he(1, 40, (30,))
    h = 0.2 * largest_step(neuron_moments(a, 0 * a, w), MATRICES)
    found = start(a, w, h, 300, distances=np.full(30, 0.05))
    assert 5 < found.stopped.sum() < 30
    for i in range(30):
        outside = [
            (np.abs(t[:, 1]) >= 0.05 * np.abs(t[:, 0])).any() for t, *_ in slow_run(a[i], w[i], h[i], 300)
        ]
        assert found.stopped[i] == any(outside)
        assert found.steps[i] == (outside.index(True) if any(outside) else 300)


def test_threads_change_nothing_and_a_run_can_be_continued():
    a, w = he(2, 50, (7,))
    h = 0.3 * largest_step(neuron_moments(a, 0 * a, w), MATRICES)
    once, twice = start(a, w, h, 400), start(a, w, h, 400, threads=3)
    for field in vars(once):
        np.testing.assert_array_equal(getattr(once, field), getattr(twice, field))
    half = start(a, w, h, 150)
    rest = start(a, w, h, 250, moments=half.moments, c=half.c, transfer=half.transfer)
    same = ~once.stopped
    np.testing.assert_array_equal(rest.moments[same], once.moments[same])
    np.testing.assert_allclose((half.drive + rest.drive)[same], once.drive[same], rtol=1e-12)


@pytest.mark.parametrize(("warm_up", "leak"), [(0, 0.0), (25, 0.0), (400, 0.0), (10, 0.3)])
def test_quotients_with_proposition_g2_are_those_of_the_formulas(warm_up, leak):
    a, w = he(3, 60)
    h = 0.7 * float(largest_step(neuron_moments(a, 0 * a, w), MATRICES, leak))
    found = track_movement(a, w, MATRICES, OPTIMUM, h, 100, warm_up=warm_up, leak=leak)
    *history, after = slow_run(a, w, h, warm_up + 101, leak)[warm_up:]
    theta, moments, c, kappa = history[0]
    quotients, moved = [], []
    rows, columns = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 1, 2]
    for now in history[1:]:
        change = np.abs(now[1] - moments)
        second = (change / moment_movement_bound(moments, now[3] - kappa)).max(axis=0)[rows, columns]
        first = np.abs(now[0] - theta)
        bound = movement_bound(theta, now[3] - kappa)
        quotients.append([*second, *(first / bound).max(axis=0)])
        moved.append([*change.max(axis=0)[rows, columns], *first.max(axis=0), np.abs(now[2] - c)])
    np.testing.assert_allclose(found.tightest, np.max(quotients, axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.last, quotients[-1], rtol=1e-6)
    np.testing.assert_allclose(found.moved, np.max(moved, axis=0), rtol=1e-6)
    assert found.kappa == pytest.approx(after[3] - kappa, rel=1e-9)
    assert len(MOVED) == len(found.moved)
    assert (found.tightest <= 1).all()
    assert not found.crossed


def test_a_crossing_is_told():
    a, w = he(4, 60)
    found = track_movement(np.append(a, 1e-9), np.append(w, 1.0), MATRICES, OPTIMUM, 1e-3, 100)
    assert found.crossed


def test_bad_arguments_are_refused():
    a, w = he(5, 8, (2,))
    with pytest.raises(ValueError, match="ratios must have shape"):
        start(a, w, [0.1, 0.1], 5, ratios=np.zeros((2, 4)))
    with pytest.raises(ValueError, match="leak"):
        start(a, w, [0.1, 0.1], 5, leak=-1.0)
    with pytest.raises(ValueError, match="one length"):
        track_movement(a[0], w[0, :3], MATRICES, OPTIMUM, 0.1, 5)
    with pytest.raises(ValueError, match="step_size"):
        track_movement(a[0], w[0], MATRICES, OPTIMUM, -0.1, 5)
