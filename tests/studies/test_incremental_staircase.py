"""The run of Figures 1, 3 and 4 against Algorithm 1, the flow, and the values known for its seed."""

import math

import numpy as np
import pytest

from studies.incremental import (
    staircase,
    staircase_directions,
    staircase_frames,
    staircase_measures,
    staircase_pictures,
    staircase_scales,
    staircase_settings,
)
from studies.incremental.instances import OrthogonalInstance, positive_instance
from twolayer.jump_process import jump_process, limit_weights

pytestmark = pytest.mark.usefixtures("close_figures")


@pytest.fixture(name="close_figures")
def _close_figures():
    yield
    staircase_directions.figures.plt.close("all")


@pytest.fixture(scope="module")
def run():
    return staircase.run()


def test_the_reference_run_ends_where_it_is_known_to_end(run):
    # golden: 928,842 epochs and squared norm 32.9551; an epoch more or less would be rounding at the threshold
    assert run.path.outcome == "converged"
    assert run.path.epochs[-1] == pytest.approx(928_842, abs=5)
    assert run.path.squared_norm == pytest.approx(32.9551, abs=1e-4)


def test_half_heights_of_the_reference_run(run):
    # first epochs on a grid of 500, so half a grid of tolerance below and a little above for the interpolation
    known = np.array([499_000, 521_500, 554_500, 680_000, 727_500, 901_000])
    assert np.all((known - run.half_heights >= -5) & (known - run.half_heights <= 505))


def test_half_height_of_one_neuron_alone_is_where_its_logistic_says():
    # one neuron, one point: q = Y / (1 + (Y/q0 - 1) exp(-2cYt/n)) for the flow; the rate costs half a step per nat
    alone = OrthogonalInstance(np.array([1.3]), np.ones((1, 1)), np.ones(1))
    label, scale, rate = float(alone.y[0]), 20.0, 1e-3
    process = jump_process(alone.active, alone.signs, alone.y)
    path = staircase.log_scaled_descent(
        alone.directions, alone.signs, alone.y, -scale, rate=rate, epochs=10**6, record_every=100
    )
    found = staircase.Staircase(alone, scale, rate, 1.0, process, path).half_heights[0]
    expected = math.log(label / math.exp(-2 * scale) - 1) / (2 * label) / rate
    assert found == pytest.approx(expected, rel=1e-3)


def test_neuron_that_never_reaches_its_half_height_has_none():
    one = staircase.run(60.0)
    path = one.path.__class__(
        one.path.epochs[:1], one.path.losses[:1], one.path.log_norms[:1], 0.0, "unfinished", one.path.outputs
    )
    short = staircase.Staircase(one.instance, 60.0, one.rate, 1.0, one.process, path)
    assert np.isnan(short.half_heights).all()


def test_table_of_jumps(run):
    table = staircase_measures.jump_table(run)
    assert table["neuron"].tolist() == [5, 1, 3, 2, 0, 4]
    assert table["points"].tolist() == [33, 17, 8, 4, 1, 1]
    relative = np.abs(table["plateau"][:-1] / table["loss"][:-1] - 1)
    assert relative.drop(3).max() < 1e-3
    assert 0.010 < relative[3] < 0.012  # neuron 0 waits at a norm of exp(-3.4), which is not small
    assert len(staircase_measures.drops(run)) == 6
    assert staircase_measures.changes_at_others(run)[:3].max() < 1e-6


def test_fitted_points_at_the_middles_do_not_depend_on_the_threshold(run):
    rows = np.searchsorted(run.snapshot_epochs, run.path.epochs[staircase.middles(run)])
    for threshold in (0.3, 0.5, 0.7):
        assert run.fitted(threshold)[rows].tolist() == [33, 50, 58, 62, 63]
        assert run.fitted(threshold)[-1] == 64


def test_shares_are_outputs_of_the_network(run):
    # the last snapshot is a few hundred epochs before the end, when all residuals are below 2e-4
    assert np.abs(run.shares[-1] * run.instance.y - run.path.outputs).max() < 1e-4
    z, a = limit_weights(run.process, run.instance.y, run.instance.signs)
    assert np.allclose(a @ np.maximum(z, 0), run.instance.y)


def test_slopes_are_those_of_algorithm_1_and_the_rest_is_the_rate(run):
    table = staircase_measures.slopes(run)
    long = table[table["growth"] > 8]
    assert (len(table), len(long)) == (21, 20)
    assert np.abs(long["error"]).max() < 0.01
    first = table[table["segment"] == 0]
    assert np.abs(first["discrete_error"]).max() < 1e-12
    assert np.allclose(first["error"], -run.rate * first["predicted"] / 2, rtol=1e-3)
    assert len(staircase_measures.slopes(run, 8.0)) == 20


def test_targets_are_unit_vectors_over_unfitted_points(run):
    sizes = np.linalg.norm(run.targets, axis=2)
    assert np.allclose(sizes, (run.process.rates > 0) | (sizes > 0))
    for k in range(7):
        fitted = run.process.fitted_by < k
        assert not run.targets[k][:, fitted].any()
        growing = run.process.rates[k] > 0
        assert np.allclose(sizes[k][growing], 1)


def test_cosines_of_figure_4(run):
    e1 = staircase_directions.first_jump(run)
    assert e1 == 499_000
    # golden, two decimals
    for offset, old, new in ((-1000, (1.0, 1.0), (0.62, 0.82)), (3000, (0.74, 0.84), (0.98, 1.0))):
        for found, known in zip(staircase_measures.cosines(run, e1 + offset), (old, new), strict=True):
            assert [found.min(), found.max()] == pytest.approx(known, abs=0.006)


def test_look_names_the_fitted_and_gives_them_no_target(run):
    plane = staircase_directions.random_plane(64)
    assert np.allclose(plane.T @ plane, np.eye(2))
    seen = staircase_directions.look(run, 600_000, plane)
    assert sorted(seen.loc[seen["fitted"], "neuron"]) == [1, 3, 5]
    assert seen["target"].isna().tolist() == seen["fitted"].tolist()
    aligned = staircase_directions.look(run, 400_000, plane)
    assert np.allclose(np.cos(aligned["angle"] - aligned["target"]), 1, atol=1e-9)
    assert staircase_directions.radius(np.log([1.0, 1e-30])) == pytest.approx([1.0, 0.5])


def test_implied_scales():
    table = staircase_settings.draws(400)
    assert table["covered"].mean() == pytest.approx((1 - 2**-6) ** 64, abs=0.1)  # four standard errors
    once, twice = (staircase_settings.implied_scales(table, c) for c in (1.0, 2.0))
    assert np.allclose(2 * once, twice)
    assert 450 < np.median(once) < 560
    row = table[table["covered"]].iloc[0]
    instance = positive_instance(int(row["seed"]))
    process = jump_process(instance.active, instance.signs, instance.y)
    assert (row["first"], row["jumps"]) == (process.times[0], process.times.size)
    figure, data = staircase_settings.figure(table)
    assert len(figure.axes) == 2
    assert data["share"].sum() == pytest.approx(2.0, abs=0.05)
    readings = staircase_settings.readings(table).set_index(["name", "c"])
    assert readings.loc[("$10^{-10}$", 1.0), "rank"] == 0


def test_flow_and_small_steps_agree_where_they_meet():
    # the rate costs about half a step for each nat: 12 * 0.01 / 2 of 215, so 3e-4 of the time
    flow, steps = (staircase_scales.scaled_run(scale) for scale in (12.0, 11.999))
    grid = np.linspace(0, 19, 100)
    for one, other in ((flow.losses, steps.losses), (flow.log_norms[:, 2], steps.log_norms[:, 2])):
        assert np.interp(grid, flow.times, one) == pytest.approx(
            np.interp(grid, steps.times, other), abs=6e-3
        )


def test_summary_over_scales():
    process = staircase.run().process
    table = staircase_scales.summary([staircase_scales.scaled_run(s) for s in (5.0, 50.0, 200.0)], process)
    assert table["same_order"].tolist() == [False, True, True]
    assert np.all(np.diff(table["loss_error"]) < 0)
    # a neuron that has jumped has the norm sqrt(Y)
    assert table["fitted"].max() < 0.5 * math.log(process.label_norms[0]) + 1e-4
    near = staircase_scales.distance_to_exponents(staircase_scales.scaled_run(200.0), process, margin=0.2)
    assert near["unfitted"] < table["unfitted"].iloc[-1]
    assert staircase_scales.scales(30)[0] == 5.0
    assert staircase_scales.scales(30)[-1] == 2000.0


def test_slopes_change_only_where_points_are_shared():
    table = staircase_scales.slopes_around_jumps(1000.0)
    apart = table["shared"] == 0
    assert np.all(table.loc[apart, "predicted"] == 0)
    assert np.all(table.loc[~apart, "predicted"] < 0)
    assert np.abs(table.loc[apart, "change"]).max() < 1e-3


def test_frames_have_one_size_and_ascending_epochs(run):
    epochs = staircase_frames.frame_epochs(run)
    assert epochs[0] == 0
    assert np.all(np.diff(epochs) > 0)
    assert np.isin(epochs, run.snapshot_epochs).all()
    plane = staircase_directions.random_plane(64)
    pictures, labels, data = staircase_frames.journey(run, epochs[[0, -1]], plane)
    assert labels[0] == "epoch 0"
    assert len(data) == 12
    family = [staircase_scales.scaled_run(scale) for scale in (5.0, 90.0)]
    more, names, _ = staircase_frames.morph(family, run.process)
    assert names == ["L = 5", "L = 90"]
    assert (
        len({tuple(p.get_size_inches()) for p in pictures})
        == 1
        == len({tuple(p.get_size_inches()) for p in more})
    )


@pytest.mark.parametrize(
    ("scale", "text"), [(5.0, "7e-3"), (500.0, "7e-218"), (2000.0, "3e-869"), (math.log(10), "1e-1")]
)
def test_tiny_numbers_as_text(scale, text):
    assert staircase_frames.power_of_ten(scale) == text


def test_first_half_height_without_training(run):
    # half an epoch of 498,629: the flow's formula with the growth per epoch of the descent
    assert staircase_measures.first_half_height(run) == pytest.approx(run.half_heights[0], abs=2)


def test_the_staircase_survives_up_to_the_rate_at_which_the_first_neuron_overshoots():
    table = staircase_measures.faster([5.0, 10.5])
    assert table["outcome"].tolist() == ["converged", "unfinished"]
    assert table["plateau_error"][0] < 0.03
    assert table["plateau_error"][1] > 0.5


def test_shortfall_falls_like_the_norm_of_the_neuron_that_waits():
    scales = np.array([700.0, 1400.0])
    process = staircase.run().process
    found = staircase_scales.shortfalls(scales)
    slope = np.log(found[1, 3] / found[0, 3]) / (scales[1] - scales[0])
    assert slope == pytest.approx(process.exponents[4, 0], rel=2e-3)
    assert np.abs(found[:, :3]).max() < 1e-6


def test_figures_hold_what_they_draw(run):
    for draw in (staircase_pictures.figure_one, staircase_pictures.figure_three):
        figure, data = draw(run)
        assert len(data) > 1000
        assert len(figure.axes) in (2, 3)
    figure, data = staircase_directions.figure_four(run, staircase_directions.random_plane(64))
    assert len(data) == 36
    styles = staircase_pictures.neuron_styles(run.process, 7)
    assert styles[6]["color"] == "0.6"
    assert len({style["color"] for style in styles.values()}) == 7


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="rate"):
        staircase.run(500.0, rate=-0.01)


@pytest.mark.parametrize("size", [-5.0, 0.0, math.nan])
def test_a_start_that_is_not_small_is_refused(size):
    with pytest.raises(ValueError, match="log_inverse_scale"):
        staircase.run(size)
