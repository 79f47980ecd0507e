"""Both layers at once: rates from the spectra, the frozen forecast, and what a run records."""

import math

import numpy as np
import pytest

from studies.convergence.instances import draw
from studies.convergence.two_rates import Cell, cells, compute, frozen_steps, half_of_the_limit, kernels
from twolayer.two_rate_kernels import stable_rate_limit


@pytest.mark.parametrize("ratio", [0.0, 0.5, 40.0])
def test_rates_are_half_of_the_limit(ratio):
    hidden, output = kernels(draw(60, 20, 0, n=15))
    rates = half_of_the_limit(hidden, output, ratio)
    assert rates[0] == pytest.approx(stable_rate_limit(hidden, output, ratio) / 2, rel=1e-12)
    assert rates[1] == pytest.approx(ratio * rates[0], rel=1e-12)


def test_an_infinite_ratio_is_the_limit_of_large_ones():
    hidden, output = kernels(draw(60, 20, 0, n=15))
    far = half_of_the_limit(hidden, output, 1e9)
    assert half_of_the_limit(hidden, output, math.inf) == (0.0, pytest.approx(far[1], rel=1e-6))


def test_frozen_steps_is_the_first_step_below_the_tolerance():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((8, 20))
    kernel = root @ root.T
    kernel /= np.linalg.eigvalsh(kernel)[-1]
    error = rng.standard_normal(8)
    steps, e = 0, error.copy()
    while np.linalg.norm(e) >= 1e-3:
        e, steps = e - kernel @ e, steps + 1
    assert frozen_steps(kernel, error) == steps > 10
    assert frozen_steps(kernel, error * 1e-9) == 0
    with pytest.raises(ValueError, match="eigenvalues"):
        frozen_steps(2.1 * kernel, error)
    with pytest.raises(ValueError, match="eigenvalues"):
        frozen_steps(np.zeros((8, 8)), error)


def test_the_second_layer_alone_is_a_linear_problem():
    row = compute(Cell(20, 20, 160, math.inf, 0))[0]
    assert row["outcome"] == "converged"
    assert abs(row["T"] - row["T_frozen"]) <= 1  # rounding may move the crossing of the tolerance by a step
    assert row["dW_F"] == row["flips"] == row["net_flips"] == 0
    assert row["lambda_min_G0"] == row["lambda_min_GT"]


def test_each_layer_moves_less_where_the_other_is_faster():
    rows = [compute(Cell(20, 20, 160, r, 0))[0] for r in (0.0, 0.1, 1.0, 10.0)]
    assert all(r["outcome"] == "converged" for r in rows)
    assert (np.diff([r["dW_F"] for r in rows]) < 0).all()
    assert (np.diff([r["dz"] for r in rows]) > 0).all()
    assert (np.diff([r["flips"] for r in rows]) < 0).all()
    for row in rows:
        assert row["dW_F"] <= row["path_w"] * (1 + 1e-12)
        assert row["dz"] <= row["path_z"] * (1 + 1e-12)


def test_the_paper_scale_has_both_sizes_and_all_ratios():
    paper = cells("paper")
    assert {(c.n, c.m, c.S) for c in paper} == {(50, 100, 800), (50, 200, 400)}
    assert {c.ratio for c in paper} == {0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, math.inf}
    assert len(paper) == 2 * 8 * 5
