"""Identities and golden numbers of the four-dimensional system, its kernel, its moments and its reference dynamics."""

import numpy as np
import pytest

from studies.inconsistency import (
    beyond_fixed_pattern,
    fixed_pattern,
    four_dimensional_system,
    kernel_view,
    reference_dynamics,
)
from studies.inconsistency.recorded_runs import (
    deviations_along,
    moments_along,
    network_and_step,
    recorded_run,
    resampled_six_points,
)
from twolayer import closed_system
from twolayer.half_sided import half_sided_regression
from twolayer.half_sided_datasets import six_points


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_lines_through_values_are_the_sums_over_weights(leak):
    data = resampled_six_points(0)
    start, h = network_and_step(0, 200, leak, data)
    path = recorded_run(start, data, h, [0, 10, 100], leak)
    sums = closed_system.lines(moments_along(path), path.parameters.c, leak)
    expected = closed_system.plain(sums - half_sided_regression(data))
    np.testing.assert_allclose(deviations_along(path, data, leak), expected, atol=1e-13)


def test_equation_five_is_exact_and_needs_its_product_term():
    table = four_dimensional_system.equation_five(1, m=200, steps=300)
    assert (table["largest kink"] < 1).all()
    assert table["one step"].max() < 1e-14  # values of the network are sums of 200 terms of size one
    assert table["whole run"].max() < 1e-13
    assert table["without product term"].min() > 1e-8


def test_members_of_the_inequality_are_ordered():
    chain = four_dimensional_system.travel_inequality(0, m=200, steps=200)
    assert (chain["summed"] >= chain["moved"] - 1e-15).all()
    assert (chain["bound"] >= chain["summed"] - 1e-15).all()


def test_kinks_go_out_and_come_back():
    race, eigenvalues = four_dimensional_system.race(0, m=32)
    assert race.kink.iloc[-1] < 0.01 * race.kink.max()
    assert race.kink.idxmax() < len(race) - 50
    assert eigenvalues[1] > 50 * eigenvalues[2]


def test_bounds_fall_like_one_over_width():
    table = four_dimensional_system.bound_table(0, (64, 256, 1024), 400)
    for column in ("fast part", "slow part", "slow coefficients"):
        # medians of 400 draws with a spread of about one in log: slopes are off by less than 0.1 unless at five sigma
        assert four_dimensional_system.slope_against_width(table, column) == pytest.approx(-1, abs=0.12)


def test_the_kernel_factorises_exactly_until_a_kink_crosses():
    table = kernel_view.identities(3)
    assert (table["rank"] == 4).all()
    for column in ("kernel", "kernel flow", "flow"):
        assert table[column].max() < 1e-14
    assert table[["eigenvalues", "deviation"]].max().max() < 1e-11
    assert kernel_view.flipped_identity(3) < 1e-14
    run = kernel_view.crossing_run(0)
    crossed = run[run["largest kink"] > 1]
    assert run.error.iloc[0] < 1e-15
    assert crossed.error.min() > 1e-6
    assert crossed["rank"].min() >= 5


def test_errors_outside_the_range_of_the_kernel_do_not_move():
    stuck = kernel_view.stuck_part(0, steps=400)
    assert stuck["largest kink"] < 1
    assert stuck["moved"] < 1e-12
    assert stuck["inside, end"] < 0.1 * stuck["inside, start"]


def test_a_kink_that_never_crosses_is_reported():
    with pytest.raises(RuntimeError, match="more trials"):
        kernel_view.crossing_run(0, m=4096, steps=2, trials=1)


def test_the_pattern_of_one_neuron_is_kept_on_the_set_and_beyond():
    plane = fixed_pattern.one_neuron_map(41)
    assert (plane["same pattern"] | ~plane["in S"]).all()
    assert (plane["same pattern"] & ~plane["in S"]).any()


def test_the_closed_system_follows_every_neuron():
    table = fixed_pattern.closed_system_errors(0, steps=200)
    assert (table["largest kink"] < 1).all()
    exact = ["neurons", "moments", "output bias", "fourteen numbers", "difference of intercepts"]
    assert table[exact].max().max() < 1e-12


def test_remarks_of_appendix_d():
    parts = fixed_pattern.signs_of_the_parts(0, steps=300)
    assert parts["rank of G^ab at the start"] == 1
    assert parts["G^wab"][0] < 0
    np.testing.assert_allclose(parts["C"], [0, 0, 0, 2], atol=1e-15)
    assert max(fixed_pattern.special_cases(0).values()) < 1e-13
    assert max(fixed_pattern.loss_as_quadratic_form(0).values()) < 1e-13
    drift = fixed_pattern.invariant(0, fractions=(0.1, 0.05))
    assert drift.formula.max() < 1e-13
    assert drift.drift.iloc[0] / drift.drift.iloc[1] == pytest.approx(2, rel=0.1)  # first order in h


def test_mean_eigenvalues_on_example_1():
    # Golden means, computed once for this book from neurons; z-scores below 5 (false alarm 6e-7 each).
    table = reference_dynamics.mean_table(5, (256, 4096), 4000).set_index("m")
    golden = {(256, "lambda 1"): 652.0, (256, "lambda 2"): 548.6, (4096, "lambda 3"): 0.21428}
    for (m, name), value in golden.items():
        assert abs(table.loc[m, name] - value) < 5 * table.loc[m, f"{name} error"] + 1e-3 * value
    inverse = table.loc[4096, "m/lambda 1"]
    assert inverse == pytest.approx(float(reference_dynamics.expected_inverse(4096)), abs=0.003)


def test_bounds_of_the_reference_dynamics_hold():
    slacks = reference_dynamics.inequality_slacks(6, (16, 256), 200)
    assert slacks[["(12)", "(13)"]].min().min() >= 1
    assert reference_dynamics.spectral_bound_ratios(6, count=3).max() <= 1
    sums = reference_dynamics.sums(6, (16, 32), 10)
    assert (sums["largest ratio"] <= 1).all()
    assert reference_dynamics.block_structure(6) == 0


def test_the_moments_have_rank_two():
    assert max(beyond_fixed_pattern.dependent_moment(1, m=40, steps=200).values()) < 1e-12


def test_the_frozen_loss_is_another_one_outside_the_set():
    assert beyond_fixed_pattern.outside_the_set(0, 1.0, draws=200) == {"loss differs": 0.0, "neurons": 0.0}
    outside = beyond_fixed_pattern.outside_the_set(0, 2.0, draws=200)
    assert outside["loss differs"] > 0.9
    assert 5 < outside["neurons"] < 15


def test_the_slow_mode_decays_as_predicted():
    decay = reference_dynamics.slow_decay(0, m=32)
    assert decay["largest kink"] < 1
    assert decay["measured"] == pytest.approx(decay["predicted"], rel=1e-3)


def test_regression_bounds_are_off_by_a_factor_of_two_at_most():
    table = fixed_pattern.regression_algebra(7, 100)
    assert table["smallest over bound"].between(1 - 1e-9, 2).all()
    assert table["bound over largest"].between(1 - 1e-9, 2).all()
    assert table["bound over largest"].max() > 1.6  # the factor of two is nearly used
    assert six_points().smallest_distance == 1
