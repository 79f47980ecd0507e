"""The process with returning points: Algorithm 1 where nothing returns, a closed form, and training."""

import numpy as np
import pytest

from studies.incremental.beyond_orthogonal import normal_gram
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.correlated_descent import correlated_descent, gram_of, symmetric_root
from twolayer.jump_process import jump_process
from twolayer.returning_points import returning_process


@pytest.mark.parametrize("instance", [mixed_instance(8), positive_instance(1094), mixed_instance(1, 40, 30)])
@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_on_orthonormal_points_it_is_algorithm_1(instance, factor):
    n = instance.y.size
    process = returning_process(
        np.eye(n), instance.directions, instance.signs, instance.y, -500.0, factor=factor
    )
    known = jump_process(instance.active, instance.signs, instance.y, factor=factor)
    np.testing.assert_allclose(process.times, known.times, rtol=1e-11)
    np.testing.assert_array_equal(process.neurons, known.neurons)
    np.testing.assert_array_equal(process.fitted_by, known.fitted_by)
    np.testing.assert_allclose(process.losses, known.losses, atol=1e-12)
    assert process.squared_norm == pytest.approx(known.squared_norm, rel=1e-11)
    assert process.returned.sum() == 0
    assert process.returns.size == 0


def test_a_correlation_below_the_scale_of_the_start_changes_nothing_and_one_above_it_does():
    instance, length = mixed_instance(0, 32, 24), 200.0
    arguments = (instance.directions, instance.signs, instance.y, -length)
    below = returning_process(normal_gram(0, 32, np.exp(-1.1 * length)), *arguments)
    above = returning_process(normal_gram(0, 32, np.exp(-0.5 * length)), *arguments)
    known = jump_process(instance.active, instance.signs, instance.y)
    np.testing.assert_array_equal(below.fitted_by, known.fitted_by)
    assert above.returned.sum() > 0
    assert above.squared_norm < 0.95 * known.squared_norm
    assert above.counts.sum() == 32


def test_two_points_of_which_one_returns_by_hand():
    # One neuron, active on the first point, at depth -1/sqrt 2 on the second, which is correlated with the first.
    epsilon, length = 1e-20, 100.0
    gram = np.array([[1.0, epsilon], [epsilon, 1.0]])
    process = returning_process(gram, [[1.0, -1.0]] / np.sqrt(2), [1], [1.0, 2.0], -length)
    # The point returns when the norm has grown from lambda by log(1 + depth / epsilon), at the rate 1/2 (c |y_1| / n);
    # then the rate is |y| / 2.
    first = np.log1p(1 / np.sqrt(2) / epsilon)
    expected = (first * 2 + (length - first) * 2 / np.sqrt(5)) / length
    assert process.times == pytest.approx([expected], rel=1e-12)
    assert process.counts.tolist() == [2]
    assert process.returned.tolist() == [1]
    np.testing.assert_allclose(process.returns, [[0, 1, 2 * first / length, first - length]], rtol=1e-12)
    assert process.squared_norm == pytest.approx(2 * np.sqrt(5), rel=1e-12)
    # With the opposite correlation it never does.
    away = returning_process(2 * np.eye(2) - gram, [[1.0, -1.0]] / np.sqrt(2), [1], [1.0, 2.0], -length)
    assert away.counts.tolist() == [1]
    assert away.fitted_by.tolist() == [0, -1]
    assert away.losses[-1] == pytest.approx(1.0)


def test_a_strong_pull_takes_a_point_away():
    # The second point has a small label and is pushed out by the first.
    gram = np.array([[1.0, -0.5], [-0.5, 1.0]])
    process = returning_process(gram, [[1.0, 1.0]], [1], [1.0, 0.1], -50.0)
    assert process.fitted_by.tolist() == [0, -1]


def test_training_sees_the_returns_where_they_are_predicted():
    instance, length = mixed_instance(2, 16, 8), 60.0
    gram = normal_gram(2, 16, 1e-8)
    arguments = (gram, instance.directions, instance.signs, instance.y, -length)
    process, rate = returning_process(*arguments), 0.01
    path = correlated_descent(*arguments, rate=rate, epochs=int(12 * length / rate), record_every=100)
    assert len(process.returns) > 10
    for j, i, _, log_norm in process.returns:
        seen = path.log_norms[path.active[:, int(j), int(i)].argmax(), int(j)]
        # A record is 100 epochs, in which norms grow by less than 0.5; the first alignment takes log 2 at most.
        assert abs(seen - log_norm) < 1.5, (j, i)
    first = np.flatnonzero(process.fitted_by == 0)
    assert set(np.flatnonzero(np.abs(path.fit_epochs - path.fit_epochs[first].min()) * rate < 4)) == set(
        first
    )


def test_the_squared_norm_is_the_least_one_on_the_points_of_a_jump():
    x = np.random.default_rng(4).standard_normal((6, 18))
    gram, y = gram_of(x), np.array([1.0, 2.0, 0.5, 1.5, 1.0, 0.7])
    process = returning_process(gram, np.linalg.inv(symmetric_root(gram)).sum(axis=0)[None], [1], y, -40.0)
    assert process.counts.tolist() == [6]
    # a X-combination with a_i = y_i / w and norm |w|: w^4 = y G^-1 y.
    assert process.squared_norm == pytest.approx(2 * np.sqrt(y @ np.linalg.solve(gram, y)), rel=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gram": np.eye(3)}, "3 points"),
        ({"gram": np.ones((2, 2)) * 0.5}, "diagonal"),
        ({"y": [1.0, 0.0]}, r"y\[1\]"),
        ({"log_scale": 0.0}, "log_scale"),
        ({"log_scale": -0.1, "directions": np.full((2, 2), 9.0)}, "log_scale"),
        ({"signs": [1, 0]}, "signs"),
        ({"factor": 0.0}, "factor"),
    ],
)
def test_bad_input_is_named(change, message):
    good = {
        "gram": np.eye(2),
        "directions": np.ones((2, 2)),
        "signs": [1, -1],
        "y": [1.0, -1.0],
        "log_scale": -5.0,
    }
    with pytest.raises((TypeError, ValueError), match=message):
        returning_process(**(good | change))


def test_a_point_of_the_other_sign_is_held_at_zero_and_slows_the_neuron():
    # The second point pulls with its correlation to the first, and pushes with its own label: the neuron slides.
    correlation, length = 0.3, 200.0
    gram = np.array([[1.0, correlation], [correlation, 1.0]])
    arguments = (gram, [[1.0, -0.5]], [1], [1.0, -2.0], -length)
    slow, fast = (returning_process(*arguments, sliding=sliding) for sliding in (True, False))
    rate = np.sqrt(1 - correlation**2) / 2
    # Until the point comes up the neuron is as fast as without it; then it has the part of the signal orthogonal to it.
    assert fast.times == pytest.approx([2.0 * (1 - np.log(np.sqrt(1.25)) / length)], rel=1e-12)
    assert slow.times[0] == pytest.approx(1 / rate, abs=0.05)
    assert slow.times[0] > fast.times[0] + 0.05
    path = correlated_descent(*arguments, rate=0.002, epochs=int(1.2 * length * 2 / 0.002))
    assert path.fit_epochs[0] * 0.002 / length == pytest.approx(slow.times[0], rel=5e-3)
    assert path.fit_epochs[1] == -1


def test_a_small_label_of_the_other_sign_cannot_hold_the_neuron():
    # The push is bounded by the label: signal x_1 - 0.01 x_2, hardly slower than x_1.
    gram = np.array([[1.0, 0.6], [0.6, 1.0]])
    process = returning_process(gram, [[1.0, -0.5]], [1], [1.0, -0.01], -1e6)
    assert process.times[0] == pytest.approx(2 / np.sqrt(1 - 2 * 0.6 * 0.01 + 1e-4), rel=1e-5)
