"""Looks along runs, inside steps and at activation changes: the studies behind section 3.2, appendices D and E."""

import numpy as np
import pandas as pd
import pytest

from studies.convergence import (
    activation_changes,
    activation_summaries,
    along_runs,
    run_summaries,
    sliding_ratio,
    within_steps,
)
from studies.convergence.instances import draw
from twolayer.landweber import iterations_to_tolerance
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram


@pytest.fixture(scope="module")
def looks():
    return pd.DataFrame(along_runs.compute(along_runs.Cell(100, 60, 40, 0, 1e-3, 0.0, 20)))


def test_a_halted_run_is_the_run(looks):
    start = draw(60, 40, 0)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(1e-3, 0.0))
    descent.advance(100_000)
    last = looks.iloc[-1]
    assert last["step"] == descent.step
    assert last["error"] == descent.error_norms[-1]
    assert last["dW_F"] == pytest.approx(np.linalg.norm(descent.a - start.a), rel=1e-14)
    assert last["flips"] == descent.ever_changed.sum()
    assert last["net_flips"] == (descent.active != descent.initially_active).sum()


def test_looks_come_from_the_start_on_and_never_farther_apart_than_asked(looks):
    steps = looks["step"].to_numpy()
    assert steps[:5].tolist() == [0, 1, 2, 3, 4]
    assert np.diff(steps).max() <= 20


def test_the_frozen_descent_is_the_linear_one(looks):
    start = draw(60, 40, 0)
    hidden = hidden_layer_gram(start.x, start.a, start.w)
    error = np.maximum(start.x @ start.a.T, 0) @ start.w - start.y
    movement = np.zeros((60, 100))
    active = start.x @ start.a.T > 0
    for step in range(7):
        row = looks[looks["step"] == step]
        if len(row):
            assert row["error_frozen"].item() == pytest.approx(np.linalg.norm(error), rel=1e-10)
            assert row["dW_frozen"].item() == pytest.approx(np.linalg.norm(movement), rel=1e-9, abs=1e-12)
        movement -= 1e-3 * ((active * error[:, None]).T @ start.x) * start.w[:, None]
        error -= 1e-3 * hidden @ error


def test_the_replayed_descent_agrees_until_the_kernel_has_changed(looks):
    early = looks[looks["step"] <= 3]  # one step each with the kernel of that step
    np.testing.assert_allclose(early["error_replayed"], early["error"], rtol=2e-3)


def test_time_of_the_frozen_kernel_by_bisection_and_by_interpolation(looks):
    start = draw(60, 40, 0)
    values, vectors = np.linalg.eigh(hidden_layer_gram(start.x, start.a, start.w))
    error = np.maximum(start.x @ start.a.T, 0) @ start.w - start.y
    exact = iterations_to_tolerance(np.sqrt(values), vectors.T @ error, 1e-3, 1e-3 / np.linalg.norm(error))
    # between looks at most 20 steps apart the logarithm is nearly straight
    assert run_summaries.crossing_step(looks["step"], looks["error_frozen"]) == pytest.approx(exact, abs=1.5)


def test_summary_of_a_run(looks):
    row = run_summaries.by_run(looks.assign(n=100, S=60, m=40, run=0, ratio=0.0)).iloc[0]
    assert row["T"] == looks["step"].iloc[-1]
    assert 1 <= row["energy"] <= 2
    assert row["chord"] <= 1 <= row["cauchy"]
    assert min(row["slack 1"], row["slack 2"], row["slack 3"]) >= 1


def test_largest_rise():
    assert run_summaries.largest_rise([4.0, 2.0, 3.0, 1.0, 1.5]) == pytest.approx(0.25)
    assert run_summaries.largest_rise([3.0, 2.0, 1.0]) == 0.0


def test_golden_run_of_section_4():
    # kappa_H and T of the first draw at S = m = 100; a processor may shift a single activation: 2 per cent
    rows = along_runs.compute(along_runs.Cell(100, 100, 100, 0, 1e-3, 0.0, 60))
    assert rows[-1]["step"] == pytest.approx(549, rel=0.02)
    assert rows[-1]["lambda_min_H"] / rows[0]["lambda_min_H"] == pytest.approx(0.941, abs=0.01)


def test_halts_grow():
    steps = within_steps.halts()
    found = [next(steps) for _ in range(12)]
    assert found == sorted(set(found))
    assert found[:4] == [0, 1, 2, 3]


def test_within_steps_satisfies_its_inequalities_and_orders_rates():
    tables = [
        pd.DataFrame(within_steps.compute(within_steps.Cell(100, 60, 40, 0, s, 0.0))) for s in (1 / 16, 1 / 2)
    ]
    for table in tables:
        assert (table["jacobian"] <= table["jacobian_bound"]).all()
        assert (table["movement"] <= table["movement_bound"] * (1 + 1e-12)).all()
        assert (table["feature_change"] <= table["feature_bound"] * (1 + 1e-12)).all()
    slow, fast = (t["ratio_41"].iloc[3] for t in tables)  # the end of the first step
    assert slow < fast / 4


def test_rate_of_small_change():
    table = within_steps.rate_of_small_change((50, 100), 30, 1)
    np.testing.assert_allclose(table["change"], 1.0, atol=0.05)
    assert (table["rate"] < table["limit"]).all()


def test_late_ratio_is_that_of_single_steps_looked_into():
    found = sliding_ratio.late_ratio(60, 40, 0, 1e-3, level=0.1, window=5)
    start = draw(60, 40, 0)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(1e-3, 0.0), tolerance=1e-9)
    while np.linalg.norm(descent.error) > 0.1 * descent.error_norms[0]:
        descent.advance(10)
    ratios = []
    for _ in range(5):
        (one,) = within_steps.within_step(start.x, start.y, descent.a, descent.w, (1e-3, 0.0), [1.0])
        ratios.append(one.ratio)
        descent.advance(1)
    assert found["ratio"] == pytest.approx(np.mean(ratios), rel=1e-9)


def test_activation_changes_in_order_and_within_the_bounds():
    table = pd.DataFrame(activation_changes.compute(activation_changes.Cell(60, 110, 0, 1e-3)))
    assert (np.diff(table["changed"]) <= 0).all()
    assert (table["slack"] >= 1).all()
    assert (table["changed"] <= table["bound"]).all()
    row = activation_summaries.by_run(table.assign(S=60, m=110, run=0)).iloc[0]
    assert row["net"] <= row["ever"]
    assert row["s"] <= row["largest"]


def test_smallest_sums_near_their_constant():
    quotients = activation_summaries.smallest_sums((400,), 2)["quotient"]
    # 400 columns of correlated points; five standard errors of the mean are about 0.15
    assert ((quotients > 0.9) & (quotients < 1.35)).all()


def test_rates_of_the_paper():
    assert along_runs.rate_of_the_paper(1000, 800) == 5e-4
    assert along_runs.rate_of_the_paper(1000, 900) == 2e-4
    assert along_runs.rate_of_the_paper(500, 900) == 5e-4
    assert along_runs.rate_of_the_paper(100, 1000) == 1e-3
