"""The crossing studies: blocks, summaries, and agreement with values measured elsewhere."""

import numpy as np
import pandas as pd
import pytest

from companion.runner import compute_table
from studies.inconsistency import crossing, crossing_tail, engine_agreement, throughput
from studies.inconsistency.crossing_checks import fixed_and_sampled, side_matrices
from twolayer.crossing_start import draw_network
from twolayer.statistics import wilson_interval

GD = crossing.Block("GD", False, "largest", 0.0, 16, 0, 400, 9)


def test_blocks_can_be_cut_anywhere():
    whole = crossing.compute(GD)[0]
    parts = [
        crossing.compute(crossing.Block("GD", False, "largest", 0.0, 16, first, 200, 9))[0]
        for first in (0, 200)
    ]
    for name in ("crossed", "certified", "flips"):
        assert whole[name] == sum(part[name] for part in parts)


def test_paper_scale_has_the_papers_trials_and_every_curve():
    cells = pd.DataFrame([vars(cell) for cell in crossing.cells("paper")])
    trials = cells.groupby(["optimizer", "early_stopping", "step", "shift", "m"])["trials"].sum()
    for curve in (("GD", False, "largest"), ("GD", True, "largest"), ("SGD", True, "largest"),
                  ("GD", True, "small"), ("SGD", True, "small")):  # fmt: skip
        for m in crossing.WIDTHS:
            assert trials[(*curve, 0.0, m)] == 10_000
    for shift in crossing.SHIFTS:
        assert all(trials[("GD", False, "largest", shift, m)] == 10_000 for m in crossing.WIDTHS)
        assert ("GD", False, "largest", shift, 2**16) in trials
    # Relative standard error at most 5 % at 2^14, where P is about 1.45 / 128.
    probability = 1.45 / 128
    assert np.sqrt((1 - probability) / (probability * trials[("GD", False, "largest", 0.0, 2**14)])) < 0.05
    firsts = cells.groupby(["optimizer", "early_stopping", "step", "shift", "m"]).apply(
        lambda block: (
            block.sort_values("first").eval("first + trials").shift(fill_value=0).tolist()
            == block["first"].sort_values().tolist()
        ),
        include_groups=False,
    )
    assert firsts.all()


def test_summary_adds_blocks_and_counts_the_unfinished_when_asked():
    protocol = {"optimizer": "GD", "early_stopping": True, "step": "small", "shift": 0.0, "m": 16, "seed": 0}
    counts = {"crossed": 10, "certified": 20, "early_stopped": 15, "unfinished": 4, "degenerate": 1}
    rest = {"flips": 0, "flipped_trials": 0, "largest_step": 9, "median_crossing_step": 1.0, "wall_s": 1.0}
    rows = [
        protocol | counts | rest | {"first": first, "trials": 50, "mean_steps": steps}
        for first, steps in ((0, 100.0), (50, 300.0))
    ]
    plain = crossing.probabilities(pd.DataFrame(rows)).iloc[0]
    assert plain["probability"] == 0.2
    assert plain["mean_steps"] == 200
    np.testing.assert_allclose([plain["low"], plain["high"]], wilson_interval(20, 100))
    assert crossing.probabilities(pd.DataFrame(rows), pessimistic=True).iloc[0]["probability"] == 0.3


def test_conditional_probabilities_put_blocks_together():
    values = np.random.default_rng(0).uniform(0.01, 0.2, 30)
    rows = [
        {"m": 64, "first": 0, "paths": len(part), "seed": 3, "mean_steps": 1.0, "remaining": 0.0}
        | {
            name + end: np.mean(part ** (1 + bool(end)))
            for name in ("probability", "first_order", "intensity")
            for end in ("", "_square")
        }
        for part in (values[:10], values[10:])
    ]
    result = crossing_tail.scaled_probabilities(pd.DataFrame(rows)).iloc[0]
    assert result["probability"] == pytest.approx(8 * values.mean())
    assert result["probability_error"] == pytest.approx(8 * values.std(ddof=1) / np.sqrt(30))


def test_the_limit_of_an_exact_law_is_found():
    m = 2.0 ** np.arange(6, 21)
    table = pd.DataFrame({"m": m, "intensity": 1.5 - 0.7 / np.sqrt(m), "intensity_error": 0.01 + 0 * m})
    value, error = crossing_tail.limit(table)
    assert value == pytest.approx(1.5)
    assert 0 < error < 0.01


def test_quick_agreement_is_complete():
    table = compute_table(engine_agreement.ENGINE_AGREEMENT, "quick")
    assert (table["same_step"] == table["trials"]).all()


def test_throughput_names_the_ways():
    with pytest.raises(ValueError, match="there is no way 'c'"):
        throughput.compute(throughput.Timing("c", 16, 6, 4, 10, 1, 0))
    row = throughput.compute(throughput.Timing("numpy", 16, 60, 4, 10, 1, 0))[0]
    assert row["trial_steps"] == 40


def test_fixed_data_lets_fewer_kinks_cross():
    counts = fixed_and_sampled(64, 400, 1)
    assert counts["fixed"] < counts["sampled"]


def test_matrices_move_the_neurons():
    a, w, _ = draw_network(23, 16, 0)
    matrices = side_matrices(a, w, (1, 5))
    assert set(matrices) == {1, 5}
    # det(I + hQ) = 1 - h^2 (r^2 + s^2): near one.
    assert np.linalg.det(matrices[1]) == pytest.approx(1, abs=0.2)
