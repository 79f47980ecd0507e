"""The studies of fixed data, poisoned data, sampling rates and the consistency race."""

import numpy as np
import pandas as pd
import pytest

from studies.inconsistency import fixed_data, race, sampling_rates
from studies.inconsistency.contests import CONTESTS, contest
from studies.inconsistency.example_two import kernel_of_point_moments, risk_by_sampling, smallest_affine_error
from studies.inconsistency.race_summary import far_from_bayes, race_summary, uncrossed_margin
from twolayer.crossing import OUTCOMES, simulate_crossings
from twolayer.crossing_start import draw_network
from twolayer.example_distributions import cosine_distribution, interval_labels
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points
from twolayer.line_kernel import line_tangent_kernel
from twolayer.parameters import Parameters
from twolayer.sorted_descent import train_sorted


def test_plateaus_are_those_of_the_paper():
    plateaus = {name: contest(name).plateau for name in CONTESTS}
    assert plateaus["six points"] == plateaus["noisy six points"] == pytest.approx(1.0, abs=1e-14)
    assert plateaus["intervals"] == pytest.approx(0.5, abs=1e-13)
    assert plateaus["cosine"] == pytest.approx(0.4535, abs=1e-4)
    with pytest.raises(ValueError, match="no distribution"):
        contest("nothing")


def test_merging_equal_points_changes_no_regression():
    x, y = contest("noisy six points").draw(np.random.default_rng(0), 200)
    merged = race.compressed(x, y)
    assert merged.x.size == 6
    lines = half_sided_regression(merged)
    for row, side in ((0, x > 0), (1, x < 0)):
        np.testing.assert_allclose(lines[row], np.polyfit(x[side], y[side], 1), atol=1e-12)


def test_a_network_without_crossing_ends_at_the_half_sided_regression():
    task = contest("six points")
    data = race.compressed(*task.draw(np.random.default_rng(4), 4096))
    runs = [race.trained_network(np.random.default_rng([7, t]), data, 128, task.points) for t in range(6)]
    stuck = [run for run in runs if not run["crossed"]]
    assert stuck  # each crosses with probability about 0.2: all six with probability 1e-4
    for run in stuck:
        assert run["distance"] < 0.01
        assert task.excess_risk(run["values"]) >= 1.0


def test_the_histogram_is_the_mean_of_its_bins():
    x, y = contest("cosine").draw(np.random.default_rng(1), 400)
    where = np.linspace(-1.2, 1.2, 50)
    values = race.rule_values(x, y, where)["histogram"]
    edges = np.linspace(x.min(), x.max(), 21)
    labels = np.digitize(x, edges[1:-1])
    for point, value in zip(where, values, strict=True):
        members = labels == np.digitize(point, edges[1:-1])
        expected = y[members].mean() if members.any() else 0.0
        assert value == pytest.approx(expected, abs=1e-6)


def test_the_kernel_rule_does_not_mind_that_points_were_merged():
    x, y = contest("noisy six points").draw(np.random.default_rng(2), 60)
    values = race.rule_values(x, y, np.unique(x))["kernel"]
    gram = line_tangent_kernel(x, x)
    direct = line_tangent_kernel(np.unique(x), x) @ np.linalg.solve(gram + race.RIDGE * np.eye(60), y)
    np.testing.assert_allclose(values, direct, atol=1e-8)


def test_the_race_is_the_same_run_twice_and_can_be_summed_up():
    cell = race.RaceCell("six points", 32, 3, 0)
    rows = race.race(cell)
    assert rows == race.race(cell)
    table = pd.DataFrame([cell.__dict__ | row for row in rows]).rename(columns={"repetitions": "of"})
    summary = race_summary(table)
    assert set(summary.rule) == set(race.RULES)
    assert (summary.low <= summary["median"]).all()
    far = far_from_bayes(table)
    assert far[far.rule == "histogram"].share.item() < 1
    assert all(margin <= 1e-9 for margin in uncrossed_margin(table).values())


def test_example_2_and_its_error():
    assert smallest_affine_error(interval_labels()) == pytest.approx(0.25, abs=1e-12)
    # Five standard errors: fails with probability 6e-7.
    assert abs(risk_by_sampling(cosine_distribution(), np.sin, 20_000, 1)["z"]) < 5


def test_the_kernel_of_the_moments_of_a_point():
    found = kernel_of_point_moments(np.array([-2.0, 0.5, 3.0]))
    assert max(found.values()) < 1e-12


def test_the_watch_changes_no_moment():
    watched = fixed_data.watched_at(six_points(), 0.25)
    assert watched.smallest_distance == 0.25
    for mine, plain in zip(half_sided_moments(watched), half_sided_moments(six_points()), strict=True):
        np.testing.assert_array_equal(mine, plain)


def test_kinks_that_are_watched_closer_are_seen_more_often():
    shares = [
        fixed_data.compute_fixed(fixed_data.RangeCell(32, exponent, 200, 0))[0]["crossed"]
        for exponent in (0.0, 0.25)
    ]
    assert shares[0] < shares[1]


def test_engine_and_loop_agree_on_who_crosses():
    ends = simulate_crossings(six_points(), 16, range(60), 3)
    for trial in range(60):
        a, w, _ = draw_network(3, 16, trial)
        start = Parameters(a[:, None], 0 * a, w, 0.0)
        run = train_sorted(
            start, six_points().x, six_points().y, step=float(ends.step_size[trial]), record_at=[20_000]
        )
        crossed = ends.outcome[trial] == OUTCOMES.index("crossed")
        if crossed and ends.step[trial] <= 20_000:
            assert run.first_crossing == ends.step[trial]
        elif not crossed:
            assert not run.crossed


def test_lemma_j_1_on_all_kinds_of_data():
    table = fixed_data.try_adversarial(40, 1)
    assert table.added.max() == 3
    assert table[table.kind == "both sides"].added.min() == 2
    assert table.relative_intercept.max() < 1e-9


def test_the_attack_works_and_the_victim_learns():
    row = fixed_data.compute_poisoning(fixed_data.WidthCell(32, 40, 2))[0]
    assert row["clean_crossed"] == row["clean_trials"] == 40
    assert row["clean_median"] < 1e-2
    assert row["certified"] > 20
    assert row["unfinished"] == row["other"] == 0


def test_risks_of_runs_without_crossing_fall_to_one():
    paths = fixed_data.risk_paths(16, range(5), 5000)
    stuck = paths[~paths.crossed]
    assert stuck.groupby("seed").risk.diff().max() <= 1e-12
    assert stuck.risk.min() >= 1 - 1e-12


def test_sampling_rates_have_the_order_of_the_theory():
    cells = [sampling_rates.SamplesOf("Beta(3, 2)", n, 60, 0) for n in (256, 4096)]
    table = pd.DataFrame([cell.__dict__ | sampling_rates.compute_rates(cell)[0] for cell in cells])
    fit = sampling_rates.fitted_rates(table, 1).iloc[0]
    assert abs(fit.error_exponent + 0.5) < 5 * fit.error_se
    assert abs(fit.distance_exponent + 1 / 3) < 5 * fit.distance_se
    np.testing.assert_allclose(
        sampling_rates.typical_distance(3.0, table.sample_size), table.distance, rtol=0.3
    )


def test_the_law_of_shares():
    table = pd.DataFrame({"width": [16, 64, 256], "trials": [10_000] * 3, "crossed": [2000, 1000, 500]})
    exponent, error = fixed_data.growth_of_share(table)
    assert exponent == pytest.approx(-0.5, abs=1e-12)
    assert 0.01 < error < 0.03
