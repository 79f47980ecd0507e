"""Runs behind the pages on the setting and on the auxiliary results: theory, slow references, reference values."""

import numpy as np
import pytest

from studies.incremental import auxiliary_checks, setting_runs
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_offsets import jump_offsets
from twolayer.jump_process import jump_process
from twolayer.statistics import fit_power_law

SMALL = positive_instance(38, 16, 5)


def test_a_frame_is_orthonormal_and_a_square_one_orthogonal():
    rng = np.random.default_rng(0)
    for n, d in ((1, 1), (3, 7), (5, 5)):
        x = setting_runs.random_frame(rng, n, d)
        np.testing.assert_allclose(x @ x.T, np.eye(n), atol=1e-14)


def test_turned_data_give_the_same_run():
    result = setting_runs.turned_run(
        mixed_instance(), dimension=40, log_scale=-3.0, rate=0.5, epochs=300, seed=2
    )
    assert max(result[k] for k in ("losses", "coordinates", "outside", "dead")) < 1e-12
    assert result["dead_exact"]


def test_one_epoch_changes_the_balance_by_the_exact_amount():
    instance, rate = mixed_instance(), 0.7
    n = instance.y.size
    # A start that is not balanced, so that both terms of the law count.
    hidden, output = 0.4 * instance.directions, 0.3 * instance.signs
    after = setting_runs.descend(np.eye(n), hidden, output, instance.y, rate=rate, epochs=1)
    residuals = instance.y - output @ np.maximum(hidden, 0.0)
    signal = np.where(hidden > 0, residuals, 0.0) / n
    speed = (signal**2).sum(axis=1)
    sine = 1 - (hidden * signal).sum(axis=1) ** 2 / (speed * (hidden**2).sum(axis=1))
    gap = output**2 - (hidden**2).sum(axis=1)
    predicted = (1 - rate**2 * speed) * gap - rate**2 * speed * (hidden**2).sum(axis=1) * sine
    np.testing.assert_allclose(
        after.output**2 - (after.hidden**2).sum(axis=1), predicted, rtol=1e-12, atol=1e-16
    )


def test_balance_along_descent_follows_its_closed_form():
    epochs, gaps, path = setting_runs.balance_along_descent(SMALL, -60.0, 0.05, every=10)
    first = epochs * 0.05 < 0.7 * 60 * jump_process(SMALL.active, SMALL.signs, SMALL.y).times[0]
    predicted = setting_runs.first_plateau_gap(SMALL, 0.05, 0.05 * epochs)
    # Second order in the rate: relative 1e-3 for growth rates below 0.2.
    assert np.abs(gaps - predicted)[first].max() < 0.01 * predicted.max()
    assert path.outcome == "converged"
    assert gaps.min() > -1e-12


def test_balance_in_figure_1():
    # Recorded for the reference instance: a relative drift of 7e-7 at the end.
    epochs, gaps, path = setting_runs.balance_along_descent(positive_instance(), -500.0, 0.01)
    assert path.epochs[-1] == 928842
    assert gaps[-1].max() == pytest.approx(6.95e-7, rel=0.01)
    # but a larger one when neurons turn
    assert gaps.max() == pytest.approx(2.42e-4, rel=0.01)
    assert epochs[gaps.max(axis=1).argmax()] == 500


def test_orders_in_the_rate():
    table = setting_runs.gaps_over_rates(SMALL, -40.0, (0.05, 0.1, 0.2))
    assert table["converged"].all()
    for name, order in (("largest", 1), ("end", 1), ("one step", 2)):
        assert fit_power_law(table["rate"], table[name]).exponent == pytest.approx(order, abs=0.08)


def test_the_flow_is_balanced_and_keeps_signs():
    gaps, signs = setting_runs.balance_along_flow(mixed_instance(), -100.0, np.linspace(1, 950, 60))
    assert gaps.max() < 1e-8
    assert signs


def test_polar_equations_give_the_same_path():
    plain, polar = setting_runs.polar_and_plain(SMALL, -15.0, np.linspace(0, 250, 26))
    np.testing.assert_allclose(plain[0], polar[0], atol=1e-8)
    np.testing.assert_allclose(plain[1], polar[1], atol=1e-8)


def test_times_are_proportional_to_the_logarithm_up_to_a_constant():
    process = jump_process(SMALL.active, SMALL.signs, SMALL.y)
    family = setting_runs.scaled_family(SMALL, (100, 200))
    falls = setting_runs.first_fall(family, process.losses[:2])
    late = falls["t"] - falls["L"] * process.times[0]
    # The loss is halfway a little later than the squared norm is.
    assert np.ptp(late) < 1e-3
    offset = jump_offsets(SMALL.directions, SMALL.signs, SMALL.y).offsets[0]
    assert abs(late.iloc[-1] - offset) < 1 / process.rates[0].max()


def test_early_coordinates_of_three_kinds():
    table = setting_runs.coordinates_early(mixed_instance(), 1, 9.0)
    ends = table.groupby("point").agg(first=("z", "first"), last=("z", "last"), pull=("pull", "first"))
    inactive = ends["first"] <= 0
    np.testing.assert_allclose(ends["first"][inactive], ends["last"][inactive], rtol=1e-12)
    assert (ends["last"] > ends["first"])[~inactive & (ends["pull"] > 0)].all()
    assert (ends["last"] < ends["first"])[~inactive & (ends["pull"] < 0)].all()
    # Descent steps past zero by one step of at most rate |a y| / n, in units of lambda.
    assert ends["last"][~inactive].min() > -0.01 * 2.31 / 16 * 1.5


def test_random_pairs_never_exceed_the_bounds():
    table = auxiliary_checks.worst_ratios(np.random.default_rng(1), (2, 8), 5000)
    # Half of the unit in the last place of 1 - cosine, at angles of 1e-4.
    assert table[["proposition", "corollary"]].to_numpy().max() < 1 + 1e-7
    assert table["proposition"][0] > 0.999


def test_neurons_along_the_flow_obey_both_bounds():
    flow = auxiliary_checks.along_flow(mixed_instance(), -100.0, np.linspace(0.05, 9.0, 30))
    assert set(flow["plateau"]) == {0, 1, 2, 3, 4, 5}
    assert (flow["gap"] <= np.sqrt(2 * flow["epsilon"]) * (1 + 1e-9)).all()
    usable = flow[flow["epsilon"].between(1e-20, 1)]
    assert (usable["tangent"] <= np.sqrt(usable["epsilon"] * (2 - usable["epsilon"])) * (1 + 1e-6)).all()
    late = flow[(flow["plateau"] == 0) & (flow["time"] > 4)]
    assert late["epsilon"].median() < 1e-20
    assert late["epsilon"].max() < 1e-4  # of the slowest neuron


def test_the_integrated_equation_of_lemma_10():
    grid = np.linspace(0, 3, 13)
    for case in auxiliary_checks.LEMMA_CASES.values():
        np.testing.assert_allclose(auxiliary_checks.integrated(case, grid), case.largest(grid), rtol=1e-9)
    ratios = auxiliary_checks.lemma_ratios(grid)
    assert ratios["ratio"].between(ratios["limit"] - 1e-12, 1 + 1e-12).all()
    negative = auxiliary_checks.negative_start(grid)
    assert (negative["f"] > negative["bound"])[1:].all()


def test_rates_at_which_descent_is_unstable_are_refused():
    instance = positive_instance()
    for call in (
        lambda rate: setting_runs.coordinates_early(instance, 1, 9.0, rate),
        lambda rate: setting_runs.balance_along_descent(instance, -50.0, rate),
    ):
        for rate in (50.0, 0.0, -1.0):
            with pytest.raises(ValueError, match="rate must be"):
                call(rate)


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="draws must be at least 1"):
        auxiliary_checks.worst_ratios(np.random.default_rng(0), (2,), 0)
