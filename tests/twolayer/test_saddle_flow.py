"""The event-driven flow against direct integration, closed forms and printed values."""

from dataclasses import astuple

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow


def direct_flow(directions, signs, y, log_scale, factor, end):
    """The same flow in plain variables, by a high-order integrator from the start to the end."""
    m, n = directions.shape
    start = np.exp(log_scale) * np.concatenate(
        [directions.ravel(), signs * np.linalg.norm(directions, axis=1)]
    )

    def force(time, values):
        z, w = values[: m * n].reshape(m, n), values[m * n :]
        positive = np.maximum(z, 0.0)
        pull = factor / n * (y - w @ positive)
        return np.concatenate([((z > 0) * np.outer(w, pull)).ravel(), positive @ pull])

    times = np.linspace(0, end, 2001)
    solution = solve_ivp(force, (0, end), start, method="DOP853", rtol=1e-10, atol=1e-17, t_eval=times)
    return times, solution.y[m * n :].T


@pytest.mark.parametrize("seed", range(20))
def test_the_flow_is_that_of_direct_integration(seed):
    y, directions, signs = astuple(mixed_instance(seed + 100, 10, 8))
    length = 25.0
    process = jump_process(directions > 0, signs, y)
    end = length * process.times[-1] + 200
    path = saddle_flow(directions, signs, y, -length, time_limit=end)
    times, w = direct_flow(directions, signs, y, -length, 1.0, end)
    # Neurons that reach half of the limit's size do so at the same time, and all end with the same norms.
    for j, norm in zip(process.neurons, process.label_norms, strict=True):
        level = np.sqrt(norm / 2)
        if np.abs(w[-1, j]) > level:
            k = int((np.abs(w[:, j]) >= level).argmax())
            assert times[k - 1] - 1e-6 <= path.crossing_time(j, np.log(level)) <= times[k] + 1e-6
    # What the plateau leaves out is a residual of 1e-10; over hundreds of units of time it may move a log norm by 1e-6.
    np.testing.assert_allclose(np.exp(path.log_norms[-1]), np.abs(w[-1]), rtol=2e-5, atol=1e-7)


def test_the_printed_values_of_the_one_sign_instance():
    y, directions, signs = astuple(positive_instance())
    process = jump_process(directions > 0, signs, y)
    path = saddle_flow(directions, signs, y, -500.0)
    assert path.finished
    a, w = path.end
    assert (a**2).sum() + (w**2).sum() == pytest.approx(32.9555, abs=5e-5)
    offsets = [
        path.crossing_time(j, np.log(norm / 2) / 2) - 500 * time
        for j, norm, time in zip(process.neurons, process.label_norms, process.times, strict=True)
    ]
    np.testing.assert_allclose(offsets, [11.87, 13.19, 16.69, 14.84, -8.83, 25.23], atol=6e-3)
    # The first offset in closed form: alignment, then the logistic of one neuron.
    rate = process.label_norms[0] / 64
    target = np.where((directions > 0)[5], y, 0.0)
    cosine = directions[5] @ target / np.linalg.norm(target)
    expected = (np.log(process.label_norms[0]) / 2 + np.log(2 / (1 + cosine))) / rate
    assert offsets[0] == pytest.approx(expected, abs=0.02)


def test_the_last_deactivation_does_not_depend_on_the_scale():
    y, directions, signs = astuple(mixed_instance())
    last = [saddle_flow(directions, signs, y, -length).deactivations[-1] for length in (50.0, 400.0)]
    np.testing.assert_allclose(last, 23.457888, atol=6e-7)


def test_on_a_plateau_directions_follow_the_hyperbolic_tangent():
    y, directions, signs = astuple(positive_instance(5, 12, 3))
    times = [0.0, 3.0, 10.0]
    path = saddle_flow(directions, signs, y, -200.0, time_limit=20.0, snapshots=times)
    for j in range(3):
        b = np.where(directions[j] > 0, y, 0.0) / 12
        speed = np.linalg.norm(b)
        start = np.arctanh(directions[j] @ b / speed)
        for (time, kept, logs), expected in zip(path.snapshots, times, strict=True):
            assert time == expected
            assert kept[j] @ b / speed == pytest.approx(np.tanh(speed * time + start), abs=1e-9)
            growth = np.log(np.cosh(speed * time + start) / np.cosh(start))
            assert logs[j] == pytest.approx(-200 + growth, abs=1e-9)


def test_a_label_of_zero_is_kept_at_zero():
    # Algorithm 1 refuses such a label; the flow has an answer: neurons leave the point.
    y, directions, signs = astuple(mixed_instance(103, 10, 8))
    y[3] = 0.0
    assert (directions[:, 3] > 0).any()
    path = saddle_flow(directions, signs, y, -25.0, time_limit=600.0)
    _, w = direct_flow(directions, signs, y, -25.0, 1.0, 600.0)
    np.testing.assert_allclose(np.exp(path.log_norms[-1]), np.abs(w[-1]), rtol=2e-5, atol=1e-7)
    z, output = path.end
    assert output @ np.maximum(z[:, 3], 0.0) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("tolerance", [1e-7, 1e-8])
def test_a_coarse_tolerance_and_few_samples_end_and_agree(tolerance):
    y, directions, signs = astuple(positive_instance())
    fine = saddle_flow(directions, signs, y, -500.0)
    path = saddle_flow(directions, signs, y, -500.0, tolerance=tolerance, samples=5)
    assert path.finished
    assert path.times.size < fine.times.size / 5
    np.testing.assert_allclose(np.abs(path.end[1]), np.abs(fine.end[1]), rtol=100 * tolerance)


def test_points_that_no_neuron_covers_stay_unfitted():
    y = np.array([1.0, -1.5, 0.7])
    directions = np.array([[0.8, 0.3, -0.52], [0.6, 0.5, -0.62]])
    path = saddle_flow(directions, np.array([1.0, -1.0]), y, -100.0)
    assert path.finished
    assert path.losses[-1] == pytest.approx(0.7**2 / 6, rel=1e-6)


def test_the_layers_stay_balanced():
    y, directions, signs = astuple(mixed_instance(2))
    path = saddle_flow(directions, signs, y, -150.0)
    a, w = path.end
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), np.abs(w), rtol=1e-7, atol=1e-12)


def test_no_neuron_is_followed_beyond_the_end_of_a_plateau():
    # The first neuron to grow does so at time 7.8, but loses a coordinate before. Another one loses one at 14.7. On
    # the way to the end of the plateau that one is followed too far, and must come back.
    y, directions, signs = astuple(mixed_instance(14, 7, 7))
    path = saddle_flow(directions, signs, y, -15.0, time_limit=500.0)
    _, w = direct_flow(directions, signs, y, -15.0, 1.0, 500.0)
    np.testing.assert_allclose(np.exp(path.log_norms[-1]), np.abs(w[-1]), rtol=2e-5)
    assert path.deactivations[-1] < path.windows[0, 0]
    split = saddle_flow(directions, signs, y, -15.0, time_limit=500.0, snapshots=np.arange(1.0, 30.0))
    np.testing.assert_allclose(path.log_norms[-1], split.log_norms[-1], atol=1e-6)


def test_a_neuron_that_has_only_points_of_the_other_sign_dies_out_and_stays_so():
    # Its last coordinate and its output weight fall together for ever. Rounding once made it grow again, with the
    # other sign, and fit points that no neuron covers.
    for directions in ([[1.0]], [[0.3, 0.7, 0.2]], [[0.1, 0.1, 0.1], [0.3, 0.2, 0.9]]):
        m, n = np.shape(directions)
        path = saddle_flow(directions, np.ones(m), -np.arange(1.0, n + 1), -40.0, time_limit=5000.0)
        assert path.losses[-1] == pytest.approx(path.losses[0], rel=1e-12)
        assert (path.log_norms[-1] < -40).all()
        z, w = path.end
        assert np.isfinite(z).all()
        assert (w >= 0).all()
    alone = saddle_flow([[1.0]], [1.0], [-2.0], -40.0, time_limit=5000.0)
    assert alone.log_norms[-1, 0] == pytest.approx(-40 - 2 * 5000, rel=1e-12)


@pytest.mark.parametrize("size", [1e-100, 1e-12, 0.1, 100.0, 1e30])
def test_labels_of_any_size_give_the_same_path(size):
    # Weights grow with the root of the labels, and time falls with them.
    y, directions, signs = astuple(mixed_instance(5, 8, 6))
    plain = saddle_flow(directions, signs, y, -60.0, snapshots=[30.0])
    shift = np.log(size) / 2
    path = saddle_flow(directions, signs, size * y, -60.0 + shift, snapshots=[30.0 / size])
    np.testing.assert_allclose(path.log_norms[-1] - shift, plain.log_norms[-1], atol=1e-5)
    for j in range(6):
        level = plain.log_norms[-1, j] - 1.0
        np.testing.assert_allclose(
            path.crossing_time(j, level + shift) * size, plain.crossing_time(j, level), rtol=1e-6
        )
    np.testing.assert_allclose(path.snapshots[0][1], plain.snapshots[0][1], atol=1e-8)
    assert path.snapshots[0][0] == pytest.approx(30.0 / size)


@pytest.mark.parametrize("power", [-400, 400])
def test_directions_of_any_size_are_starts(power):
    y, directions, signs = astuple(mixed_instance(5, 8, 6))
    plain = saddle_flow(directions, signs, y, -1000.0, time_limit=3000.0)
    far = saddle_flow(
        np.ldexp(directions, 2 * power), signs, y, -1000.0 - 2 * power * np.log(2), time_limit=3000.0
    )
    np.testing.assert_allclose(far.log_norms[-1], plain.log_norms[-1], atol=1e-8)


def test_a_snapshot_at_the_time_limit_is_kept_and_one_after_the_end_too():
    y, directions, signs = astuple(mixed_instance(5, 8, 6))
    path = saddle_flow(directions, signs, y, -60.0, time_limit=100.0, snapshots=[100.0, 0.0])
    assert [time for time, _, _ in path.snapshots] == [0.0, 100.0]
    np.testing.assert_allclose(path.snapshots[1][2], path.log_norms[-1], atol=1e-12)
    path = saddle_flow(directions, signs, y, -60.0, snapshots=[1e9])
    np.testing.assert_allclose(path.snapshots[0][2], path.log_norms[-1], atol=1e-12)


def test_input_is_not_changed_and_may_be_read_only_or_lists():
    y, directions, signs = astuple(mixed_instance(5, 8, 6))
    kept = [array.copy() for array in (directions, signs, y)]
    for array in (directions, signs, y):
        array.flags.writeable = False
    path = saddle_flow(directions, signs, y, -60.0)
    for array, copy in zip((directions, signs, y), kept, strict=True):
        np.testing.assert_array_equal(array, copy)
    other = saddle_flow(np.asfortranarray(directions), signs.astype(int).tolist(), y.tolist(), -60)
    np.testing.assert_array_equal(other.log_norms[-1], path.log_norms[-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"log_scale": -1.0}, "tiny"),
        ({"signs": np.array([1.0, 2.0])}, "1 or -1"),
        ({"directions": np.zeros((2, 3))}, "neuron 0"),
        ({"y": np.array([1.0, np.nan, 1.0])}, "y"),
        ({"directions": np.ones(3)}, "shape"),
        ({"tolerance": 1e-6}, "tolerance must be at most 1e-07"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"samples": 0}, "samples"),
        ({"tolerance": 1e-15}, "at least 1e-13"),
        (
            {"log_scale": -12.0, "directions": 20 * np.ones((2, 3))},
            "neuron 0 starts at .* log_scale must be below -15",
        ),
        ({"y": np.zeros(3)}, "no label but zero"),
        ({"y": np.array([1.0, 1e-8, 1.0])}, r"y\[1\] = 1e-08 is below 1e-06 times"),
        ({"time_limit": np.nan}, "time_limit"),
        ({"time_limit": 0.0}, "time_limit"),
        ({"snapshots": [-1.0]}, "from 0 to time_limit"),
        ({"snapshots": [3.0], "time_limit": 2.0}, "from 0 to time_limit = 2"),
        ({"snapshots": [np.nan]}, "snapshots"),
        ({"signs": ["1", "1"]}, "signs must hold real numbers"),
    ],
)
def test_bad_input_is_named(change, message):
    good = {"directions": np.ones((2, 3)), "signs": np.ones(2), "y": np.ones(3), "log_scale": -100.0}
    with pytest.raises((ValueError, TypeError), match=message):
        saddle_flow(**(good | change))
