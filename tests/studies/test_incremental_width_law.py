"""The width law: the grid, the limit law beside it, and the fits."""

import numpy as np
import pandas as pd
import pytest

from companion.runner import compute_table
from studies.incremental.width_law import WIDTH_LAW, Cell, cells, compute, run
from studies.incremental.width_law_summary import (
    corrected,
    finite_prediction,
    fit_correction,
    fixed_order_coefficient,
    in_range,
    largest_normal,
    shares_of_jumps,
    with_law,
)


@pytest.fixture(scope="module")
def rows():
    return with_law(compute_table(WIDTH_LAW, "quick"))


def test_the_grid_reaches_mild_width_only_from_above():
    for cell in cells("paper"):
        assert cell.m >= 8 * np.log(cell.n)
    assert {c.n for c in cells("paper")} == {2**k for k in range(4, 13)}
    assert max(c.m for c in cells("paper")) == 2**20


def test_the_limit_law_is_near_the_quick_grid(rows):
    large = rows[rows["n"] >= 64]
    # Standard errors of the small grid are up to 1.5 %.
    assert (large["ratio"] / large["law"] - 1).abs().max() < 0.09
    assert ((large["ratio"] / corrected(large, 1.47) - 1).abs() < 5 * large["ratio_error"] + 0.02).all()


def test_the_fit_finds_its_own_coefficient(rows):
    inside = in_range(rows)
    exact = inside.assign(ratio=corrected(inside, 1.3))
    fit = fit_correction(exact)
    assert fit.b == pytest.approx(1.3)
    assert fit.rms < 1e-12
    assert fit_correction(inside).error > 0


def test_one_sign_may_be_missing():
    rng = np.random.default_rng(0)
    assert len(run(rng, np.ones(5), 20)) == 1
    assert len(run(rng, np.array([1.0, -2.0]), 20)) == 2


def test_golden_value_of_the_specification():
    # n = 32 at m = 2^18: 1.003 for one draw of the labels; the mean over draws is 1.014, its spread 0.02.
    row = compute(Cell(32, 2**18, "normal", 6))[0]
    assert 1.0 <= row["ratio"] < 1.05
    assert row["uncovered"] == 0


def test_largest_normal():
    draws = np.random.default_rng(1).standard_normal((4000, 200)).max(axis=1)
    assert largest_normal(200) == pytest.approx(draws.mean(), abs=0.05)


def test_fixed_order_coefficients():
    assert fixed_order_coefficient("ones", 1024)[0] == pytest.approx(2.095 / np.sqrt(2), abs=0.02)
    value, error = fixed_order_coefficient("normal", 256, 200)
    assert value == pytest.approx(2.0, abs=5 * error)


def test_finite_prediction_and_shares(rows):
    finite = finite_prediction(rows[rows["n"] == 64], (2**9,))
    assert len(finite) == 1
    assert finite["ordered"].iloc[0] == pytest.approx(finite["ratio"].iloc[0], rel=0.1)
    table = shares_of_jumps(256, 512, 6, jumps=3)
    assert isinstance(table, pd.DataFrame)
    assert (np.abs(table["share"] - table["law"]) < 6 * table["error"] + 0.03).all()
