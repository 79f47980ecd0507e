"""Draws of networks against exact probabilities, their thresholds, and what descent reaches at uncovered points."""

import numpy as np
import pandas as pd
import pytest

from studies.incremental import covering_summary as summary
from studies.incremental.covering import COVERING_DRAWS, Cell, compute, draw_signs
from studies.incremental.uncovered_points import by_size, runs


def test_draws_agree_with_the_exact_probabilities():
    table = pd.DataFrame(
        [
            {**vars(cell), **compute(cell)[0]}
            for cell in (
                Cell(8, 8, 20, "drawn", 2000, 1),
                Cell(10, 6, 9, "alternating", 2000, 1),
                Cell(64, 0, 6, "one", 2000, 1),
            )
        ]
    )
    judged = summary.against_exact(table)
    # Bonferroni: a false alarm in a thousand.
    assert summary.least_p_value(judged) > 1e-3
    assert judged["bound"].notna().tolist() == [True, False, False]
    # A negative case: counts that are off by ten standard errors are noticed.
    off = table.assign(covered=table["covered"] - 220)
    assert summary.least_p_value(summary.against_exact(off)) < 1e-3


def test_draws_in_pieces_are_counted_once(monkeypatch):
    cell = Cell(8, 8, 12, "drawn", 50, 0)
    whole = compute(cell)[0]
    assert 0 < whole["satisfied"] <= whole["covered"] <= 50
    monkeypatch.setattr("studies.incremental.covering._AT_ONCE", 12 * 16 * 7)
    assert 0 < compute(cell)[0]["covered"] <= 50


def test_unknown_signs_are_refused():
    with pytest.raises(ValueError, match="signs must be"):
        draw_signs(np.random.default_rng(0), "fair", (2, 3))


def test_cells_of_both_scales():
    assert len(COVERING_DRAWS.cell_list("quick")) == 7
    paper = COVERING_DRAWS.cell_list("paper")
    assert {cell.draws for cell in paper} == {4000}
    assert {(cell.positive, cell.negative) for cell in paper} >= {(2048, 2048), (60, 4), (64, 0)}


def test_union_bound_is_nearly_sharp_at_practical_sizes():
    widths = summary.thresholds([16, 1024])
    assert (widths["bound"] - widths["enough"]).tolist() == [1, 1]
    assert (widths["fixed_enough"] < widths["enough"]).all()


def test_coverage_survives_unbalanced_labels_but_the_assumption_does_not():
    rows = summary.skewed(64, 24, [32, 4, 0])
    assert (rows["covered"] > 0.94).all()
    assert rows["satisfied"].iloc[1] < 0.02
    assert rows["bound"].iloc[2] < 0


def test_descent_fits_exactly_the_covered_points():
    table = runs(8, (0.0, -50.0), seed=4)
    table = table[~table["contrary"]]
    np.testing.assert_allclose(table["final"], table["predicted"], atol=1e-9)
    assert (table["uncovered"] > 0).any()
    assert table["largest_output"].max() == 0
    assert by_size(table)["other"].sum() == 0


def test_contrary_neuron_is_the_exception():
    # The 51st network of seed 0 (4 points, 8 neurons, scale e^-5) has one; descent turns its sign.
    table = runs(12, (0.0, -5.0), seed=0)
    other = (table["final"] - table["predicted"]).abs() > 1e-9
    assert other.sum() == 1
    assert table.loc[other, "contrary"].all()
    assert (table.loc[other, "final"] < table.loc[other, "predicted"]).all()
