"""The instance of section 4 and its runs: the numbers that a plain implementation gave, and Table 1's ranges."""

import numpy as np
import pytest

from studies.convergence.grid import main_rate, points_of
from studies.convergence.instances import draw
from studies.convergence.random_labels import Cell, compute
from twolayer.two_rate_descent import TwoRateDescent


def test_the_shapes_and_laws_are_those_of_section_4():
    start = draw(400, 300, 0)
    assert [v.shape for v in (start.x, start.a, start.w, start.y)] == [(300, 100), (400, 100), (400,), (300,)]
    np.testing.assert_allclose(np.linalg.norm(start.x, axis=1), 1.0, rtol=1e-14)
    assert set(start.w) == {-1.0, 1.0}
    # Each of the three is a mean of N terms within 4 standard errors: false alarms below 1e-4 in all.
    assert abs(start.a.var() - 1) < 4 * np.sqrt(2 / start.a.size)
    assert abs(start.y.var() / 400 - 1) < 4 * np.sqrt(2 / 300)
    assert abs(start.w.mean()) < 4 / np.sqrt(400)


def test_a_draw_is_a_function_of_its_sizes_and_run():
    again = draw(50, 30, 1)
    np.testing.assert_array_equal(draw(50, 30, 1).x, again.x)
    for other in (draw(50, 30, 2), draw(50, 30, 1, n=99), draw(51, 30, 1)):
        assert other.x.shape != again.x.shape or np.abs(other.x - again.x).max() > 0.1
    np.testing.assert_array_equal(draw(50, 30, 1, n=100).y, again.y)


@pytest.mark.parametrize(
    "arguments", [(0, 5, 0), (5, 0, 0), (5, 5, -1), (5.0, 5, 0), (5, 5, 0, 0), ("5", 5, 0)]
)
def test_bad_sizes_are_refused(arguments):
    with pytest.raises((TypeError, ValueError), match=r"\b(S|m|run|n)\b"):
        draw(*arguments)


@pytest.mark.parametrize(
    ("S", "m", "run", "T", "kappa", "flips", "movement"),
    [
        # From an independent plain implementation on the same draws: steps and counts are exact there.
        (100, 100, 0, 549, 0.941, 905, 21.4),
        (100, 100, 1, 503, 0.989, 1018, 22.1),
        (500, 100, 0, None, None, None, None),
    ],
)
def test_known_runs(S, m, run, T, kappa, flips, movement):
    row = compute(Cell("main", S, m, run, main_rate(S, m)))[0]
    assert row["outcome"] == "converged"
    assert row["error_T"] < 1e-3
    if T is None:  # the ranges of Table 1, widened by 10 % as ten runs do not span them
        assert 0.9 * 91 <= row["T"] <= 1.1 * 98
        assert 0.9 * 1654 <= row["flips"] <= 1.1 * 2065
        assert 0.9 * 16.23 <= row["dW_F"] <= 1.1 * 20.71
        return
    # One activation that changes a step earlier on another processor moves the counts by a few.
    assert row["T"] == pytest.approx(T, abs=2)
    assert row["flips"] == pytest.approx(flips, abs=5)
    assert row["kappa_H"] == pytest.approx(kappa, abs=1e-3)
    assert row["dW_F"] == pytest.approx(movement, abs=0.1)


def test_net_changes_are_fewer_than_changes_and_each_has_its_step():
    row = compute(Cell("main", 100, 100, 3, 1e-3))[0]
    assert row["net_flips"] <= row["flips"] <= row["step_flips"]
    assert row["point_flips_n_plus_1"] <= row["point_flips_max"] <= 100
    assert row["dW_F"] <= row["path_length"]


def test_a_rate_beyond_the_limit_of_stability_is_recorded_as_such():
    row = compute(Cell("other rate", 1000, 500, 0, 1e-3))[0]
    assert row["outcome"] == "error increased"
    assert row["T"] <= 5
    assert 1e-3 * row["lambda_max_H0"] > 2
    assert row["last_ratio"] > 1


def test_labels_of_another_size_would_be_another_experiment():
    """Negative control: labels of standard deviation S instead of variance S move the weights ten times as far."""
    start = draw(100, 100, 0)
    descent = TwoRateDescent(start.x, 10 * start.y, start.a, start.w, rates=(1e-3, 0.0))
    descent.advance(3000)
    assert np.linalg.norm(descent.a - start.a) > 100


def test_the_grid_has_the_cells_of_the_paper():
    assert [len(points_of(S)) for S in (100, 200, 500, 1000)] == [91, 46, 19, 10]
    assert main_rate(1000, 800) == 5e-4
    assert main_rate(1000, 900) == 2e-4
