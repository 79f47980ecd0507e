"""The two limits: the identity behind the ratio, the spread of the rates, the summaries, and the timed ways."""

import numpy as np
import pandas as pd
import pytest

from studies.incremental import order_of_limits_summary as summary
from studies.incremental.instances import mixed_instance, positive_instance
from studies.incremental.mild_width import mild_width
from studies.incremental.order_of_limits import Cell, compute
from studies.incremental.throughput import RATE, WAYS, Timing, numpy_descent
from studies.incremental.throughput import compute as time_one
from studies.incremental.throughput_summary import algorithm_times, ways_of_training
from twolayer.log_scaled_descent import log_scaled_descent


def test_a_training_lies_between_its_optimum_and_its_jump_process():
    (row,) = compute(Cell(64, mild_width(64), 512.0, 0))
    assert row["outcome"] == "converged"
    assert row["covered"]
    # At this scale one neuron jumps at a time; the rest of the difference is that of one shared late point.
    assert row["ratio"] == pytest.approx(row["algorithm_ratio"], rel=0.02)
    (early,) = compute(Cell(64, mild_width(64), 8.0, 0))
    assert 1 < early["ratio"] < row["ratio"] - 0.2
    assert early["participation"] > 1.5 * row["participation"]


def test_a_smaller_rate_changes_the_norm_by_less_than_a_thousandth(monkeypatch):
    cell = Cell(64, mild_width(64), 32.0, 1)
    (row,) = compute(cell)
    monkeypatch.setattr("studies.incremental.order_of_limits.STEP", 0.004)
    (finer,) = compute(cell)
    assert finer["epochs"] > 4 * row["epochs"]
    assert row["ratio"] == pytest.approx(finer["ratio"], rel=1e-3)


def test_a_draw_with_an_uncovered_point_is_left_out_of_the_means(monkeypatch):
    # One neuron cannot cover labels of both signs.
    monkeypatch.setattr("studies.incremental.order_of_limits.LONGEST_RUN", 4000)
    (row,) = compute(Cell(16, 1, 8.0, 0))
    assert not row["covered"]
    assert row["outcome"] == "unfinished"
    table = pd.DataFrame([{"points": 16, "width": 1, "length": 8.0, "seed": 0} | row])
    assert summary.fitted_draws(table).empty


@pytest.mark.parametrize("length", [14.0, 200.0])
def test_the_ratio_is_the_inverse_of_the_mean_cosine(length):
    end = summary.cosines(32, length, 3)
    assert end["inverse"] == pytest.approx(end["ratio"], rel=1e-7)
    assert 0 < end["smallest"] < end["largest"] <= 1


def test_no_interpolator_lies_below_the_floor_and_one_neuron_for_everything_has_none():
    known = summary.floors(64, mild_width(64), 0)
    (row,) = compute(Cell(64, mild_width(64), 8.0, 0))
    assert 1 < known["floor"] < row["ratio"]
    # A single point of either sign, covered by a neuron of its own: floor 1, the least norm itself.
    start = mixed_instance(3, 2, 40)
    assert set(np.sign(start.y)) == {-1.0, 1.0}
    assert summary.floors(2, 40, 3)["floor"] == pytest.approx(1.0)


@pytest.mark.parametrize("neurons", [6, 12])
def test_many_points_and_interchangeable_neurons(neurons, monkeypatch):
    # One sign and all points that somebody covers; 4096 of them leave the neurons a little apart.
    start = positive_instance(1, 4096, neurons)
    covered = start.active.any(axis=0)
    one_sign = type(start)(start.y, start.directions, start.signs)
    monkeypatch.setattr(summary, "mixed_instance", lambda *_: one_sign)
    rate = 0.02 * 4096 / np.linalg.norm(start.y)
    rest = float((start.y[~covered] ** 2).sum() / 8192)
    path = log_scaled_descent(
        start.directions, start.signs, start.y, -8.0, rate=rate, stop_loss=rest + 1e-6, epochs=10**5
    )
    predicted = summary.floors(4096, neurons, 1)["together"] / (1 - 2.0**-neurons) ** 0.5
    assert path.squared_norm / (2 * np.linalg.norm(start.y[covered])) == pytest.approx(predicted, rel=0.02)


def test_the_spread_of_the_rates():
    # Standard error of the spread: 1.1 % for 4000 neurons, and 3.5 % from the labels.
    assert summary.rate_spread(4096, 5)["scaled"] == pytest.approx(1.5**0.5, rel=0.12)


def test_the_part_way_scale_of_a_known_transition():
    # A transition in the scaling variable itself: half-way at variable 3 for every sample size and draw.
    points, rows = [128, 256, 512, 1024], []
    for n in points:
        m = mild_width(n)
        for seed in range(4):
            for length in 2.0 ** np.arange(2, 12):
                variable = length * (np.log(m) / n) ** 0.5
                ratio = summary.TOGETHER + (0.7 + 0.01 * seed) * variable / (variable + 3)
                row = {"points": n, "width": m, "length": length, "seed": seed, "ratio": ratio}
                rows.append(row | {"algorithm_ratio": summary.TOGETHER + 0.7 + 0.01 * seed})
    table = pd.DataFrame(rows).assign(covered=True, outcome="converged")
    found = summary.part_way(table, 0.5)
    assert found["points"].tolist() == points
    np.testing.assert_allclose(found["variable"], 3, rtol=0.02)  # the interpolation is linear in log L
    assert (found["error"] < 1e-3).all()  # all draws cross at the same place
    fit = summary.part_way_exponent(found)
    assert fit.exponent == pytest.approx(0.5, abs=0.05)
    columns = summary.part_way_table(table, (0.25, 0.5))
    np.testing.assert_allclose(columns[0.25] / columns[0.5], 1 / 3, rtol=0.05)


def test_plain_numpy_starts_balanced_where_squares_underflow():
    start = positive_instance()
    early = numpy_descent(start, -400.0, 10, [10])
    path = log_scaled_descent(start.directions, start.signs, start.y, -400.0, rate=RATE, epochs=10)
    assert early[0] == pytest.approx(path.losses[-1], rel=1e-14)
    (late,) = numpy_descent(start, -330.0, 329_500, [329_500])  # in the middle of the first jump
    path = log_scaled_descent(start.directions, start.signs, start.y, -330.0, rate=RATE, epochs=329_500)
    assert late < 0.95 * early[0]
    assert late == pytest.approx(path.losses[-1], rel=1e-6)


def test_plain_numpy_is_the_compiled_descent():
    start = positive_instance()
    looks = [0, 3000, 12000]
    losses = numpy_descent(start, -12.0, 12000, looks)
    path = log_scaled_descent(
        start.directions, start.signs, start.y, -12.0, rate=RATE, epochs=12000, record_every=3000
    )
    np.testing.assert_allclose(losses, np.interp(looks, path.epochs, path.losses), rtol=1e-9)


def test_timings_hold_what_the_costs_page_reads():
    rows = []
    for way in ("hybrid", "scipy", "compiled", "algorithm"):
        cell = Timing(way, 256, 56, 0.0) if way == "algorithm" else Timing(way, 64, 6, 40.0)
        rows += [
            {"way": way, "points": cell.points, "width": cell.width, "length": cell.length}
            | time_one(cell)[0]
        ]
    table = pd.DataFrame([*rows, rows[2] | {"way": "numpy", "seconds": 10 * rows[0]["seconds"]}])
    ways, deviation = ways_of_training(table)
    assert ways["way"].tolist() == [WAYS[way] for way in ("hybrid", "scipy", "compiled", "numpy")]
    assert ways["quotient"].iloc[[0, 3]].tolist() == [1, 10]
    assert deviation < 0.2  # at L = 40 descent and flow are apart on the shortest plateau
    assert [size[:2] for size in algorithm_times(table)] == [(256, 56)]
    with pytest.raises(ValueError, match="there is no way 'magic'"):
        time_one(Timing("magic", 64, 6, 40.0))
