"""Beyond orthogonal data: comparisons, summaries, and what the page says, at small sizes."""

import numpy as np
import pandas as pd
import pytest

from studies.incremental import beyond_pictures, beyond_summary
from studies.incremental.beyond_orthogonal import (
    GaussianCell,
    LimitCell,
    VanishingCell,
    compare,
    compute_gaussian,
    compute_limit,
    compute_vanishing,
    gaussian_gram,
    measure,
    normal_gram,
    order_kept,
)
from studies.incremental.instances import mixed_instance
from twolayer.correlated_descent import as_gram
from twolayer.returning_points import returning_process


def test_gram_matrices_are_those_of_unit_points_and_the_normal_one_scales():
    for gram in (gaussian_gram(0, 12, 1), gaussian_gram(3, 12, 50), normal_gram(1, 12, 1e-3)):
        np.testing.assert_array_equal(as_gram(gram), gram)
    off = ~np.eye(12, dtype=bool)
    # 132 products of variance 1/d, each of 66 twice: the relative error of their variance is 0.17; false alarm 1e-5.
    assert gaussian_gram(3, 12, 50)[off].std() * (12 * 50) ** 0.5 == pytest.approx(1.0, abs=0.4)
    np.testing.assert_allclose(
        normal_gram(1, 12, 1e-30)[off] * 1e27, normal_gram(1, 12, 1e-3)[off], rtol=1e-13
    )


def test_the_norm_falls_when_the_correlation_passes_the_scale_of_the_start():
    above, below = (compute_vanishing(VanishingCell(32, 24, 400.0, power, 1))[0] for power in (0.6, 1.1))
    assert below["returning_norm"] == pytest.approx(below["algorithm_norm"], rel=1e-9)
    assert below["norm"] == pytest.approx(below["algorithm_norm"], rel=5e-3)
    assert above["norm"] == pytest.approx(above["returning_norm"], rel=5e-3)
    assert above["norm"] < 0.95 * above["algorithm_norm"]
    assert above["returning_points"] == 1.0
    assert above["algorithm_points"] < 0.9


@pytest.mark.parametrize("ratio", [1, 4, 64])
def test_the_first_jump_on_random_points_comes_when_predicted(ratio):
    (row,) = compute_gaussian(GaussianCell(32, 24, 300.0, ratio, 2))
    # Late by 1 / L and by the learning rate, of the order of one per cent together.
    assert 0 < row["returning_first"] < 0.02
    assert row["straight_first"] >= row["returning_first"] - 1e-9
    if ratio == 64:
        assert row["returning_points"] > 0.9 > row["algorithm_points"]


def test_a_smaller_rate_brings_the_times_closer():
    instance, gram = mixed_instance(1, 16, 12), gaussian_gram(1, 16, 16)
    errors = [measure(compare(instance, gram, 200.0, step=step))["returning_first"] for step in (0.04, 0.01)]
    assert 0 < errors[1] < errors[0]


def test_order_kept_counts_pairs_that_are_apart():
    times = np.array([1.0, 2.0, 2.01, np.inf])
    assert order_kept(times, times) == 1.0
    assert order_kept(times, np.array([1.0, 3.0, 2.0, np.inf])) == 1.0
    # Of five pairs that are apart, those with the first point come out wrong when it is put last.
    assert order_kept(times, np.array([np.inf, 2.0, 2.0, 3.0])) == pytest.approx(2 / 5)
    assert order_kept(np.ones(3), np.arange(3.0)) == 1.0


def test_returns_happen_where_the_proposition_says():
    seen = beyond_summary.returns_seen(16, 12, 60.0, 1e-12, 0)
    assert len(seen) > 8
    assert (seen["seen"] - seen["predicted"]).abs().max() < 0.2


def test_a_lone_neuron_gets_three_quarters_of_its_points_or_more():
    shares = beyond_summary.first_shares(128, 12)
    error = shares.std(ddof=1) / shares.size**0.5
    # The first wave alone gives 0.75; 4 standard errors, false alarm 1e-4.
    assert shares.mean() > 0.75 - 4 * error
    assert shares.mean() < 0.85


def test_fewer_neurons_cover_all_points_with_returns():
    cover = beyond_summary.covered(64, 12, 20)
    assert cover["end"] > cover["start"] + 0.2


def test_limit_norms_and_means_group_by_cells():
    rows = [compute_limit(LimitCell(16, 28, seed))[0] | {"points": 16, "width": 28} for seed in range(4)]
    (row,) = beyond_summary.limit_norms(pd.DataFrame(rows)).to_dict("records")
    assert row["draws"] == 4
    assert 1 <= row["norm"] < row["algorithm_norm"]


def test_sliding_slows_the_rate_by_about_one_part_in_8r():
    losses = []
    for seed in range(40):
        instance, gram = mixed_instance(seed, 48, 1), gaussian_gram(seed, 48, 8)
        arguments = (gram, instance.directions, instance.signs, instance.y, -1e5)
        with_it, without = (returning_process(*arguments, sliding=s) for s in (True, False))
        losses.append(with_it.times[0] / without.times[0] - 1)
    # One neuron, so no choice of the fastest. Sliding also changes which points return, which is most of the scatter.
    error = np.std(losses, ddof=1) / len(losses) ** 0.5
    assert np.mean(losses) == pytest.approx(1 / 64, abs=4 * error)
    assert np.mean(losses) > 2 * error
    assert beyond_summary.sliding_law([8.0]) == pytest.approx([1 / 64])


def test_pictures_hold_what_they_draw():
    runs = beyond_summary.staircases(0, 16, 12, 60.0, [("normal", 0.0), ("gaussian", 8)], step=0.08)
    figure, data = beyond_pictures.staircases(runs, ["a", "b"])
    assert set(data["points"]) == {"a", "b"}
    assert len(figure.axes) == 2


def test_the_table_sets_both_predictions_side_by_side():
    row = measure(compare(mixed_instance(0, 12, 10), gaussian_gram(0, 12, 16), 60.0, step=0.08))
    means = beyond_summary.means(pd.DataFrame([row | {"ratio": 16}, row | {"ratio": 16}]), "ratio")
    assert means["draws"].tolist() == [2]
    assert means["norm_error"].tolist() == [0.0]
    (texts,) = beyond_summary.side_by_side(means).to_dict("records")
    assert texts["order"] == f"{100 * row['returning_order']:.0f} / {100 * row['algorithm_order']:.0f}"
    assert texts["norm"].count(" / ") == 1
