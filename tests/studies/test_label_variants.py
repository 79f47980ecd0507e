"""The adversarial labels of section 4 and what they do."""

import numpy as np
import pandas as pd
import pytest

from studies.convergence.instances import draw
from studies.convergence.kink_chatter import ROWS, Run, history, window
from studies.convergence.label_summary import half_way, local_runs
from studies.convergence.label_variants import (
    Cell,
    compute,
    distance_of_frozen_kernel,
    initial_error,
    start_descent,
)
from twolayer.two_rate_kernels import hidden_layer_gram


def test_the_descent_starts_with_the_error_that_was_asked_for():
    start = draw(100, 60, 3)
    for variant in ("low spectrum", "high spectrum", "local"):
        for sign in (1, -1):
            wanted = initial_error(variant, start, sign)
            np.testing.assert_allclose(
                start_descent(variant, start, 1e-3, sign=sign).error, wanted, atol=1e-11
            )


def test_the_norms_of_the_choices():
    start = draw(100, 60, 3)
    for variant in ("low spectrum", "local"):
        assert np.linalg.norm(initial_error(variant, start)) == pytest.approx(np.sqrt(60 * 100))
    # X X^T is near (m/n) I on its range: the square is S (n + m) up to some per cent.
    assert np.linalg.norm(initial_error("high spectrum", start)) == pytest.approx(np.sqrt(100 * 160), rel=0.1)


def test_the_low_spectrum_is_an_eigenvector_and_needs_the_longest_way():
    start = draw(100, 40, 0)
    gram = hidden_layer_gram(start.x, start.a, start.w)
    error = initial_error("low spectrum", start)
    smallest = np.linalg.eigvalsh(gram)[0]
    np.testing.assert_allclose(gram @ error, smallest * error, atol=1e-9)
    assert distance_of_frozen_kernel(start, error) == pytest.approx(np.linalg.norm(error) / np.sqrt(smallest))


def test_runs_with_one_large_error_converge_at_small_sizes_with_the_same_steps_with_and_without_valve():
    rows = [compute(Cell("local", 1, valve, 100, 0, 1e-3))[0] for valve in (True, False)]
    assert rows[0] == rows[1] or pd.Series(rows[0]).equals(pd.Series(rows[1]))
    assert rows[0]["outcome"] == "converged"
    # The weights move at least as far as the least-norm solution asks for, about.
    assert rows[0]["dW_F"] / rows[0]["frozen_distance"] == pytest.approx(1.1, abs=0.15)


def test_held_neurons_add_to_the_error_and_make_all_changes():
    _, neurons = window("local", 150, 1e-3, first=150, steps=100)
    held = neurons[neurons["held"]]
    assert len(held) > 20
    assert (held["z"] == 1).all()
    assert held["changes"].sum() > 0.98 * neurons["changes"].sum()
    np.testing.assert_allclose(held["seen"], held["predicted"], atol=0.03)


def test_a_history_has_its_rows_however_short_the_run():
    rows = history(Run("local", 2000, 0, 1e-3, valve=True))
    assert len(rows) == ROWS
    assert rows[-1]["error"] > 100  # the valve stops it early


def test_unknown_variants_and_signs_are_named():
    start = draw(100, 10, 0)
    with pytest.raises(ValueError, match="'lowest'"):
        initial_error("lowest", start)
    with pytest.raises(ValueError, match="sign"):
        initial_error("local", start, 2)


def test_summaries_count_outcomes_and_the_onset_is_interpolated():
    rows = [compute(Cell("local", 1, True, 100, run, 1e-3))[0] | {"variant": "local", "sign": 1, "valve": True,
            "m": 100, "run": run, "eta": 1e-3} for run in range(2)]  # fmt: skip
    summary = local_runs(pd.DataFrame(rows))
    assert summary.loc[0, ["runs", "converged", "stopped"]].tolist() == [2, 2, 0]
    shares = pd.DataFrame({"m": [1000, 1200, 1400], "share": [0.1, 0.4, 0.8]})
    assert half_way(shares) == pytest.approx(1250)
    assert np.isnan(half_way(shares.assign(share=0.0)))
