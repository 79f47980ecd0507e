"""The norms of Figures 5 and 6: draws, studies, summaries and checks."""

import math

import numpy as np
import pandas as pd
import pytest

from companion.archive import read_archive
from studies.incremental import norm_against_points as points
from studies.incremental import norm_against_width as width
from studies.incremental import norm_checks as checks
from studies.incremental import norm_of_algorithm as algorithm
from studies.incremental import norm_pictures as pictures
from studies.incremental import norm_summary as summary
from studies.incremental.mild_width import mild_width
from studies.incremental.random_networks import (
    fixed_labels,
    log_scale,
    small_start,
    uniform_squared_norm,
    uniform_start,
)
from twolayer.jump_process import jump_process, least_squared_norm
from twolayer.log_scaled_descent import log_scaled_descent, orthogonal_descent
from twolayer.packed_jump_process import packed_jump_process

# An independent implementation in plain numpy, three starts each with seeds of its own and the labels of
# numpy.random.default_rng(n): optimum, and quotients to it at 1e-6, 1e-20 and for Algorithm 1.
REFERENCE = {
    16: (9.70, 1.230, 1.303, 1.368),
    64: (22.36, 1.368, 1.521, 1.649),
    256: (46.05, 1.373, 1.553, 1.881),
    1024: (88.42, 1.413, 1.525, 2.050),
}


@pytest.fixture(scope="module")
def rows():
    return read_archive(points.NORM_AGAINST_POINTS)


@pytest.fixture(scope="module")
def small():
    return read_archive(width.NORM_AGAINST_SCALE)


@pytest.fixture(scope="module")
def uniform():
    return read_archive(width.NORM_AGAINST_WIDTH)


def test_labels_are_those_of_the_reference():
    """To the two decimals of the reference."""
    for n, (optimum, *_) in REFERENCE.items():
        assert least_squared_norm(fixed_labels(n)) == pytest.approx(optimum, abs=0.006)


def test_labels_depend_on_the_size_and_the_redraw_only():
    assert (fixed_labels(20) == fixed_labels(20)).all()
    assert (fixed_labels(20) != fixed_labels(20, 1)).all()


@pytest.mark.parametrize("n", list(REFERENCE))
def test_the_archive_agrees_with_the_reference(rows, n):
    """Mean of three against mean of twenty: four standard errors, false alarm below 1e-3 for each of 12 numbers."""
    table = summary.redrawn_ratios(rows).set_index(["n", "log10_scale"])
    theirs = dict(zip((-6, -20), REFERENCE[n][1:3], strict=True))
    for exponent, ratio in theirs.items():
        row = table.loc[n, exponent]
        assert abs(row["mean"] - ratio) <= 4 * row["deviation"] * math.sqrt(1 / 3 + 1 / row["runs"])
    row = table.loc[n, -6]
    error = row["algorithm_deviation"] * math.sqrt(1 / 3 + 1 / row["runs"])
    assert abs(row["algorithm_mean"] - REFERENCE[n][3]) <= 4 * error


def test_slopes_are_those_of_the_reference(rows):
    """0.498, 0.521, 0.514 and 0.584 over the same sizes; both sides have a standard error near 0.013."""
    slopes = summary.slopes(summary.points_curves(rows)).set_index("curve")
    reference = {"optimum": 0.498, "-6": 0.521, "-20": 0.514, "algorithm": 0.584}
    for curve, slope in reference.items():
        assert slopes.loc[curve, "slope"] == pytest.approx(slope, abs=0.03)
    with_quotients = slopes.drop(index="optimum")
    gap = with_quotients["slope"] - slopes.loc["optimum", "slope"] - with_quotients["relative"]
    assert gap.abs().max() < 1e-12


def test_algorithm_agrees_with_the_reference():
    """Ratios with 20 draws; 4 standard errors on either side, for 7 numbers a false alarm in 1000."""
    table = summary.algorithm_ratios(read_archive(algorithm.NORM_OF_ALGORITHM)).set_index("n")
    reference = {16: 1.25, 64: 1.62, 256: 1.92, 1024: 2.13, 4096: 2.25, 16384: 2.32, 65536: 2.37}
    for n, ratio in reference.items():
        assert abs(table.loc[n, "mean"] - ratio) <= 4 * math.sqrt(2) * table.loc[n, "error"] + 0.005
    assert (table["mean"].diff().dropna() > 0).all()


def test_constant_labels_stay_below_the_limit():
    """The squared norm over root n was 3.65, 4.22, 4.44, 4.65, 4.73 in the reference, 20 draws each."""
    rows = read_archive(algorithm.NORM_OF_ALGORITHM)
    ones = rows[(rows["law"] == "ones") & (rows["uncovered"] == 0)]
    scaled = (ones["squared_norm"] / np.sqrt(ones["n"])).groupby(ones["n"]).agg(["mean", "std", "size"])
    assert np.allclose(ones["optimum"], 2 * np.sqrt(ones["n"]), rtol=1e-12)
    for n, value in {64: 3.65, 256: 4.22, 1024: 4.44, 4096: 4.65, 16384: 4.73}.items():
        row = scaled.loc[n]
        assert abs(row["mean"] - value) <= 4 * row["std"] * math.sqrt(2 / row["size"]) + 0.005
    assert scaled["mean"].max() < 2 * (1 + math.sqrt(2))


def test_mild_width():
    assert [mild_width(n) for n in (16, 64, 256, 1024, 2048, 65536)] == [28, 42, 56, 70, 77, 111]
    assert mild_width(64, 4.0) == 17
    with pytest.raises(ValueError, match="n"):
        mild_width(1)
    with pytest.raises(ValueError, match="per_logarithm"):
        mild_width(16, 0.0)


def test_first_survivors():
    positive, negative = np.array([1.0, 2.0, 0.5]), np.array([3.0])
    positive_part = positive, packed_jump_process(np.array([[0b011], [0b100]], dtype=np.uint8), positive)
    negative_part = negative, packed_jump_process(np.array([[0b1]], dtype=np.uint8), negative)
    # the negative neuron with its label 3 jumps first, and nothing of its sign is left
    assert algorithm.first_survivors([positive_part, negative_part]) == 0.0
    assert algorithm.first_survivors([positive_part]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("law", ["normal", "ones"])
def test_a_table_of_coins_by_sign_is_the_process_of_all_neurons(law):
    """Coins drawn here in the order of the study, and both signs in one process, which has its own engine."""
    rng = np.random.default_rng([("normal", "ones").index(law), 64, 3])
    y = rng.standard_normal(64) if law == "normal" else np.ones(64)
    active = rng.integers(0, 2, (42, 64), dtype=np.uint8).astype(bool)
    signs = rng.choice([-1.0, 1.0], 42) if law == "normal" else np.ones(42)
    process = jump_process(active, signs, y, ties="first")
    first = process.fitted_by == 0
    alike = np.sign(y) == np.sign(y[first][0])
    row = algorithm.compute(algorithm.Cell(64, law, "table", 3))[0]
    assert row["squared_norm"] == pytest.approx(process.squared_norm, rel=1e-13)
    assert row["optimum"] == least_squared_norm(y)
    assert row["jumps"] == process.times.size
    assert row["uncovered"] == (process.fitted_by < 0).sum() == 0
    assert row["first_survivors"] == pytest.approx(1 - first.sum() / alike.sum(), abs=1e-15)
    assert row["m"] == 42


def test_both_ways_to_draw_coins_have_the_same_law():
    """Means of twenty at seven sizes, four standard errors: a false alarm in 2000."""
    rows = read_archive(algorithm.NORM_OF_ALGORITHM)
    rows = rows[(rows["law"] == "normal") & (rows["uncovered"] == 0)]
    rows = rows.assign(ratio=rows["squared_norm"] / rows["optimum"])
    table = rows.groupby(["n", "coins"])["ratio"].agg(["mean", "sem"]).unstack().dropna()
    assert len(table) == 7
    gap = table["mean", "table"] - table["mean", "packed"]
    assert (gap.abs() < 4 * np.hypot(table["sem", "table"], table["sem", "packed"])).all()


def test_a_row_of_figure_five_is_descent_from_the_small_start():
    cell = points.Cell(32, -20, "new", 2)
    row = points.compute(cell)[0]
    y, m = fixed_labels(32, 3), mild_width(32)
    start = small_start(y, m, 2)
    hidden = math.exp(log_scale(-20, m)) * start.directions
    path = orthogonal_descent(
        hidden, math.exp(log_scale(-20, m)) * start.signs, y, rate=0.5, factor=2.0, stop_loss=1e-5
    )
    assert row["m"] == m
    assert row["outcome"] == path.outcome == "converged"
    assert row["epochs"] == path.epochs[-1]
    assert row["squared_norm"] == pytest.approx(path.squared_norm, rel=1e-9)
    assert row["loss"] < 1e-5


def test_training_never_ends_below_the_optimum(rows, small):
    """But for the part of the labels that is not fitted at the stopping loss."""
    for table, slack in ((rows, 0.01), (small, 1e-3)):
        assert (table["squared_norm"] > (1 - slack) * table["optimum"]).all()
        assert (table["algorithm"] >= table["optimum"] * (1 - 1e-12))[table["uncovered"] == 0].all()


def test_the_limit_is_approached_as_the_scale_falls(rows):
    quotient = summary.same_draw(rows).pivot(index="n", columns="log10_scale", values="quotient")
    assert (quotient[-6] < quotient[-20]).all()
    assert (quotient[-20] < quotient[-200]).all()
    assert quotient[-200].max() < 1.0


def test_far_smaller_scales_reach_the_algorithm():
    """A double cannot hold 1e-1000, the logarithm can."""
    y, m = fixed_labels(16), mild_width(16)
    quotients = [
        points.train(y, m, e, 0)["squared_norm"] / points.train(y, m, e, 0)["algorithm"] for e in (-6, -1000)
    ]
    assert quotients[0] < 0.97
    assert quotients[1] == pytest.approx(1.0, abs=0.005)


def test_small_starts_have_the_same_squared_norm_at_every_width():
    for n, m in ((16, 28), (32, 500)):
        assert checks.initial_squared_norm(n, m, -3) == pytest.approx(2e-6, rel=1e-12)


def test_uniform_starts_have_the_expected_norm():
    """20 draws of 500 neurons, four standard errors of 0.9/sqrt(20 * 16000): a false alarm in 10 000."""
    for kind in ("default", "He"):
        norms = []
        for repetition in range(20):
            hidden, output = uniform_start(kind, 32, 500, repetition)
            norms.append((hidden**2).sum() + (output**2).sum())
        assert np.mean(norms) == pytest.approx(uniform_squared_norm(kind, 500), rel=0.0064)
    ratio = uniform_start("He", 4, 7, 0)[0] / uniform_start("default", 4, 7, 0)[0]
    assert np.allclose(ratio, math.sqrt(6), rtol=1e-14)
    with pytest.raises(ValueError, match="kind must be one of default, He"):
        uniform_start("glorot", 4, 7, 0)


def test_a_row_of_the_uniform_starts():
    row = width.compute_uniform(width.Cell(64, "default", True, 1))[0]
    hidden, output = uniform_start("default", 32, 64, 1)
    path = orthogonal_descent(hidden, output, fixed_labels(32), rate=0.05, factor=2.0, stop_loss=1e-8)
    assert row["squared_norm"] == path.squared_norm
    assert row["initial"] == pytest.approx((hidden**2).sum() + (output**2).sum())
    assert row["rate"] == 0.05


@pytest.mark.parametrize("kind", ["default", "He"])
def test_the_larger_rate_is_stable_and_six_times_it_is_not_far_from_the_limit(kind):
    y, m = fixed_labels(32), 4096
    hidden, output = uniform_start(kind, 32, m, 0)
    rate = width.fast_rate(kind, m)
    path = orthogonal_descent(
        hidden, output, y, rate=rate, factor=2.0, epochs=30, stop_loss=1e-8, record_every=1
    )
    assert (np.diff(path.losses) < 0).all()
    active = hidden > 0
    features = np.maximum(hidden, 0)
    kernel = features.T @ features + np.diag((output**2) @ active)
    largest = np.linalg.eigvalsh(kernel)[-1]
    assert 5 < (2 / (2 / 32 * largest)) / rate < 8


def test_the_paper_s_rate_is_small_enough(uniform):
    assert summary.uniform_growth(uniform)["rate_effect"].max() < 1e-3
    assert (uniform["outcome"] == "converged").all()


def test_growth_of_uniform_starts(uniform):
    """The independent implementation has 11.4 -> 31.4, 42.8 -> 60.1, 342 -> 354 and 5467 -> 5468 with other labels."""
    table = summary.uniform_growth(uniform)
    default = table[table["start"] == "default"].set_index("m")
    for m, (before, after) in {
        32: (11.4, 31.4),
        128: (42.8, 60.1),
        1024: (342, 354),
        16384: (5467, 5468),
    }.items():
        assert default.loc[m, "initial"] == pytest.approx(before, rel=0.08)
        assert default.loc[m, "final"] == pytest.approx(after, rel=0.12)


def test_levels_of_wide_networks(small):
    """1.10, 1.067, 1.027 with other labels; those move the excess by a fifth."""
    table = summary.excess_curves(small, fixed_labels(32))
    wide = table[table["m"] == 16384].set_index("L")["mean"]
    for exponent, excess in {3: 0.10, 6: 0.067, 20: 0.027}.items():
        assert wide.loc[wide.index[np.isclose(wide.index, exponent * math.log(10))]].item() == pytest.approx(
            excess, rel=0.35
        )


def test_the_wide_limit_holds_at_the_widest(small):
    table = summary.excess_curves(small, fixed_labels(32))
    widest = table[(table["m"] == table["m"].max()) & (table["L"] < 28)]
    assert len(widest) >= 6
    assert (widest["mean"] / widest["wide_limit"] - 1).abs().max() < 0.1


def test_stopping_losses():
    table = checks.stopping_losses(16, (-3,), (1e-3, 1e-5, 1e-7))
    assert (table["epochs"].diff().dropna() > 0).all()
    assert table["change"].iloc[-1] == 0.0
    assert table["change"].abs().is_monotonic_decreasing


def test_a_stopping_loss_of_the_reference():
    """n = 256 at 1e-6: 62.912, 62.960, 62.965, 62.968 at 1e-5 to 1e-8, so changes of 9, 1.3 and 0.5 in 10,000."""
    table = checks.stopping_losses(256, (-6,), (1e-5, 1e-6, 1e-7, 1e-8))
    expected = [62.912 / 62.968 - 1, 62.960 / 62.968 - 1, 62.965 / 62.968 - 1, 0.0]
    assert np.abs(table["change"] - expected).max() < 4e-4  # other starts


def test_width_rules_leave_uncovered_draws_out():
    rules = {"narrow": 1.5, "wide": 10.0}
    table = checks.width_rules((16,), -3, 8, rules).set_index("rule")
    assert table.loc["wide", "covered"] == 8
    assert table["covered"].get("narrow", 0) < 8
    assert table.loc["wide", "algorithm"] >= 1.0


def test_spread_of_three_is_that_of_three():
    y, m = fixed_labels(8), mild_width(8)
    norms = [points.train(y, m, -3, k, epochs=10**5)["squared_norm"] for k in range(3)]
    expected = (max(norms) - min(norms)) / 2 / np.mean(norms)
    assert checks.spread_of_three((8,), -3, 1)["half_spread"].item() == pytest.approx(expected, rel=1e-12)


def test_curves_have_mean_and_range():
    table = pd.DataFrame({"m": [1, 1, 2], "squared_norm": [1.0, 3.0, 5.0]})
    shown = summary.curves(table, ["m"]).set_index("m")
    assert shown.loc[1, ["mean", "low", "high", "runs", "half_spread"]].tolist() == [2.0, 1.0, 3.0, 2, 0.5]
    assert shown.loc[2, "half_spread"] == 0.0


def test_scales_of_studies():
    for study in (points.NORM_AGAINST_POINTS, width.NORM_AGAINST_WIDTH, width.NORM_AGAINST_SCALE):
        assert len(study.cell_list("quick")) < len(study.cell_list("paper"))
    sizes = {(cell.n, cell.log10_scale) for cell in points.cells("paper") if cell.labels == "fixed"}
    assert sizes == {(2**k, e) for k in range(4, 13) for e in (-6, -20, -200)}


def test_pictures_carry_their_numbers(rows, small, uniform):
    y = fixed_labels(32)
    table = summary.points_curves(rows)
    ratios = summary.algorithm_ratios(read_archive(algorithm.NORM_OF_ALGORITHM))
    figure, data = pictures.figure_five(table, ratios)
    assert len(figure.axes) == 2
    assert len(data) == len(table) + len(ratios)
    shown = summary.width_curves(uniform, small, width.WIDTHS["paper"], width.SCALES)
    figure, data = pictures.figure_six(shown, least_squared_norm(y))
    assert set(data["curve"]) == {"-3", "-6", "-20", "algorithm", "default", "He"}
    assert (data.groupby("curve")["m"].size() == 11).all()
    figure, data = pictures.excess_figure(summary.excess_curves(small[small["m"] == 2048], y))
    assert data["wide_limit"].is_monotonic_decreasing


def test_descent_beyond_the_stable_rate_is_reported():
    y = fixed_labels(16)
    start = small_start(y, 28, 0)
    path = log_scaled_descent(
        start.directions,
        start.signs,
        y,
        log_scale(-3, 28),
        rate=40.0,
        factor=2.0,
        stop_loss=1e-5,
        epochs=2000,
    )
    assert path.outcome != "converged"
