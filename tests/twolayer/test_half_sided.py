"""Half-sided regression and its data: identities, and the hypotheses whose failure must be named."""

import numpy as np
import pytest

from twolayer.half_sided import (
    WeightedData,
    half_sided_bounds,
    half_sided_moments,
    half_sided_regression,
    half_sided_risk,
    is_degenerate,
)
from twolayer.half_sided_datasets import sample_weights, sampled, shifted, six_points


def random_data(seed, n=12, ensemble=()):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.3, 3, n) * np.where(np.arange(n) % 2, 1, -1)
    return WeightedData(x, rng.normal(size=n), rng.dirichlet(np.ones(n), ensemble) if ensemble else None)


def test_the_six_points_have_zero_lines_and_risk_one():
    data = six_points()
    # Sums of six numbers of size one: rounding.
    np.testing.assert_allclose(half_sided_regression(data), 0, atol=1e-15)
    assert half_sided_risk(data) == pytest.approx(1, abs=1e-15)
    assert data.smallest_distance == 1
    eigenvalues = np.linalg.eigvalsh(half_sided_moments(data)[0])
    # (17 +- sqrt 265) / 12 from the characteristic polynomial of ((14, 6), (6, 3)) / 6.
    expected = (17 + np.array([-1, 1]) * np.sqrt(265)) / 12
    np.testing.assert_allclose(eigenvalues, [expected, expected], rtol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_lines_are_least_squares_and_solve_the_normal_equations(seed):
    data = random_data(seed, ensemble=(3,))
    matrices, vectors = half_sided_moments(data)
    lines = half_sided_regression(data)
    np.testing.assert_allclose((matrices @ lines[..., None])[..., 0], vectors, atol=1e-14)
    for k in range(3):
        for side, sign in enumerate((1, -1)):
            chosen = np.sign(data.x) == sign
            root = np.sqrt(data.weights[k, chosen])
            design = np.stack([data.x[chosen], np.ones(chosen.sum())], axis=1)
            expected = np.linalg.lstsq(root[:, None] * design, root * data.y[chosen], rcond=None)[0]
            np.testing.assert_allclose(lines[k, side], expected, rtol=1e-11, atol=1e-12)
    worse = lines + np.random.default_rng(seed).normal(size=lines.shape) * 0.1
    assert (half_sided_risk(data, worse) > half_sided_risk(data)).all()


def test_far_from_zero_no_digits_are_lost():
    x = np.array([1e6, 1e6 + 1, 1e6 + 2, -1.0, -2.0])
    lines = half_sided_regression(WeightedData(x, 3 * x))
    assert lines[0, 0] == pytest.approx(3, rel=1e-9)


def test_a_shift_moves_both_intercepts():
    data = shifted(six_points(), 0.3)
    np.testing.assert_allclose(half_sided_regression(data)[:, 1], 0.3, rtol=1e-14)
    assert half_sided_bounds(data)[1] == pytest.approx(0.3)


def test_a_sample_is_a_measure_on_the_same_points():
    rng = np.random.default_rng(0)
    weights = sample_weights(rng, six_points(), 64)
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_array_equal(weights * 64, np.rint(weights * 64))
    assert not is_degenerate(six_points().x, sampled(rng, six_points(), 4).weights)


def test_degenerate_samples_are_found():
    x = six_points().x
    weights = np.array([[1, 0, 1, 1, 0, 1], [1, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]])
    np.testing.assert_array_equal(is_degenerate(x, weights), [False, True, True, False])


@pytest.mark.parametrize(
    ("x", "y", "weights", "message"),
    [
        ([1, 2, 3, 4], [0, 0, 0, 0], None, "negative side needs at least two distinct"),
        ([-1, -2, 3, 3], [0, 0, 0, 0], None, "positive side needs at least two distinct"),
        ([-1, 0, 2, 3], [0, 0, 0, 0], None, r"x\[1\] is zero.*bounded away from zero"),
        ([-1, -2, 2, 3], [0, np.nan, 0, 0], None, "NaN or infinite"),
        ([-1, -2, 2, 3], [0, 0, 0], None, "one label for each"),
        ([-1, -2, 2, 3], [0, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], "sum to one"),
        ([-1, -2, 2, 3], [0, 0, 0, 0], [-0.5, 0.5, 0.5, 0.5], "must be >= 0"),
        ([-1, -2, 2, 3], [0, 0, 0, 0], [0.5, 0.5], "one for each point"),
        ([-1, -2, 2, 3], [0, 0, 0, 0], [0.5, 0, 0.25, 0.25], "negative side needs"),
        ([[-1, -2, 2, 3]], [0, 0, 0, 0], None, "points of the line"),
    ],
)
def test_violated_hypotheses_are_named(x, y, weights, message):
    with pytest.raises(ValueError, match=message):
        WeightedData(x, y, weights)


def test_bad_samples_and_lines_are_refused():
    data, rng = six_points(), np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        sample_weights(rng, data, 0)
    with pytest.raises(TypeError, match="Generator"):
        sample_weights(3, data, 5)
    with pytest.raises(ValueError, match="at least 4"):
        sampled(rng, data, 3)
    with pytest.raises(ValueError, match="one distribution"):
        sample_weights(rng, random_data(0, ensemble=(2,)), 5)
    with pytest.raises(ValueError, match="one row for each side"):
        half_sided_risk(data, [1.0, 2.0])
    with pytest.raises(ValueError, match="shift must be finite"):
        shifted(data, np.nan)
