"""Section 4 with random labels: known runs, the paper's tables as data, agreement and its false alarms, wrong rates."""

import numpy as np
import pandas as pd
import pytest

from companion.study import cell_fields
from studies.convergence import grid, random_labels_summary, random_labels_tables, sign_imbalance, sign_sums
from studies.convergence.flip_rates import adversarial_density, flip_rates, generic_density
from studies.convergence.largest_row import LARGEST_ROW
from studies.convergence.paper_tables import QUANTITIES, table_one, table_two
from studies.convergence.random_labels import RANDOM_LABELS, Cell, compute
from studies.convergence.random_labels_summary import agreement, by_column, rates, score_limit

# Runs made before this library was written, with a plain program and the same draws: T and |D| may differ by what
# one activation does that changes a step earlier on another processor, printed digits by rounding.
KNOWN = {
    (1000, 100, 0, 5e-4): (98, 0.998, 3037, 21.5),
    (1000, 100, 0, 1e-3): (46, 0.999, 3093, 21.5),
}


def runs(S, m, eta, repetitions, experiment="main"):
    cells = [Cell(experiment, S, m, run, eta) for run in repetitions]
    return pd.DataFrame([cell_fields(cell) | compute(cell)[0] for cell in cells])


@pytest.mark.parametrize("key", KNOWN, ids=str)
def test_known_runs(key):
    S, m, run, eta = key
    row = compute(Cell("main", S, m, run, eta))[0]
    T, kappa, flips, movement = KNOWN[key]
    assert row["outcome"] == "converged"
    assert row["T"] == pytest.approx(T, abs=2)
    assert row["flips"] == pytest.approx(flips, rel=0.01)
    assert row["kappa_H"] == pytest.approx(kappa, abs=0.002)
    assert row["dW_F"] == pytest.approx(movement, abs=0.06)
    assert row["net_flips"] < row["flips"] <= row["step_flips"]


def test_the_rate_of_the_text_aborts_at_once_where_it_is_unstable():
    table = runs(1000, 500, 1e-3, range(2))
    assert (table["outcome"] == "error increased").all()
    assert table["T"].tolist() == [3, 2]
    assert (2 / table["lambda_max_H0"] < 1e-3).all()


def test_paper_tables_are_complete_and_ordered():
    one, two = table_one(), table_two()
    assert len(one) == 160
    assert len(two) == 20
    assert one["mean"].isna().sum() == 1
    assert one[one["mean"].isna()][["S", "m", "quantity"]].to_numpy().tolist() == [[500, 900, "dW_F"]]
    for table in (one.dropna(), two):
        assert ((table["min"] <= table["mean"]) & (table["mean"] <= table["max"])).all()
    assert two.groupby("m")["runs"].first().to_dict() == grid.TABLE_TWO
    # All quantities but kappa_H grow down the columns, which no misplaced digit survives.
    for _, part in pd.concat([one.dropna(), two[two["m"] > 1000]]).groupby(["S", "quantity"]):
        steps = part.groupby("m")["mean"].mean().diff().dropna()
        assert (steps <= 0).all() if part["quantity"].iloc[0] == "kappa_H" else (steps > 0).all()


def normal_runs(printed, rng, shift=0.0):
    """Return runs that are normal around the printed means with the spread that a printed range shows."""
    wide = printed.pivot(index=["S", "m"], columns="quantity", values=["mean", "min", "max"])
    pieces = []
    for (S, m), row in wide.iterrows():
        piece = {"S": S, "m": m}
        for quantity in QUANTITIES:
            spread = (row["max", quantity] - row["min", quantity]) / 3.078
            piece[quantity] = rng.normal(row["mean", quantity] + shift * spread, spread, 10)
        pieces.append(pd.DataFrame(piece))
    return pd.concat(pieces)


def test_false_alarms_of_a_table_are_as_rare_as_stated():
    # Tables of normal cells, printed with two digits and compared with fresh runs. Under the null hypothesis at most
    # 5 % of them hold a cell outside. 60 tables: more than 11 with probability below 1e-4 if the rate is 5 %.
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(60):
        truth = rng.uniform(0.7, 1.0, 20)
        samples = rng.normal(truth, 0.01, (10, 20)).T
        printed = pd.DataFrame({
            "S": 100, "m": np.arange(20), "quantity": "kappa_H", "runs": 10, "unit": 0.01,
            "mean": samples.mean(axis=1).round(2), "min": samples.min(axis=1).round(2),
            "max": samples.max(axis=1).round(2),
        })  # fmt: skip
        own = pd.DataFrame({"S": 100, "m": np.repeat(np.arange(20), 10)})
        own["kappa_H"] = rng.normal(np.repeat(truth, 10), 0.01)
        alarms += not agreement(own, printed)["agrees"].all()
    assert alarms <= 11


def test_runs_of_the_printed_distribution_agree_and_shifted_ones_do_not():
    rng, printed = np.random.default_rng(1), table_one().query("S == 200")
    good = agreement(normal_runs(printed, rng), printed)
    assert good["agrees"].all()
    # A shift by three standard deviations in every cell is seen in single cells and, by far, in the column.
    bad = by_column(agreement(normal_runs(printed, rng, shift=3.0), printed)).set_index("quantity")
    assert (bad["outside"] >= 5).all()
    assert (bad["bias"].drop("kappa_H") > 8).all()


def test_rows_of_width_1000_reject_the_rate_of_the_text_and_accept_half_of_it():
    printed = table_one().query("S == 1000 and m == 100")
    half = agreement(runs(1000, 100, 5e-4, range(4)), printed)
    full = agreement(runs(1000, 100, 1e-3, range(4), "other rate"), printed)
    assert half["agrees"].all()
    assert not full.set_index("quantity").loc["T", "agrees"]
    assert full.set_index("quantity").loc["T", "p"] < 1e-6


def test_an_entry_without_any_spread_is_not_judged():
    row = table_two().query("m == 5000")
    one = pd.DataFrame(
        {"S": [100], "m": [5000], "T": [28217.0], "kappa_H": [0.36], "flips": [2e5], "dW_F": [360.0]}
    )
    table = agreement(one, row)
    assert table["score"].isna().all()
    assert not table["agrees"].any()


def test_limits_are_those_of_the_page_and_of_the_claims():
    assert score_limit(table_one()) == pytest.approx(3.60, abs=0.01)
    assert score_limit(table_two()) == pytest.approx(3.02, abs=0.01)


def test_rates_count_outcomes_and_average_converged_runs_only():
    rows = pd.DataFrame({
        "S": 1000, "m": 100, "eta": 1e-3, "T": [40, 50, 3], "lambda_max_H0": [1000.0, 2000.0, 4000.0],
        "outcome": ["converged", "converged", "error increased"],
    })  # fmt: skip
    table = rates(rows).iloc[0]
    assert (table["count"], table["converged"], table["T"], table["last_abort"]) == (3, 2, 45, 3)
    assert (table["limit_min"], table["limit_max"]) == (5e-4, 2e-3)


def test_more_runs_of_the_last_row_are_new_draws():
    mine = {cell.run for cell in LARGEST_ROW.cell_list("paper")}
    theirs = {c.run for c in RANDOM_LABELS.cell_list("paper") if c.m == 5000}
    assert len(mine) == 2
    assert not mine & theirs


def test_changes_lie_between_nothing_and_the_adversary():
    table = flip_rates([(100, 50), (200, 50)])
    assert (table["net"] <= table["cumulative"]).all()
    assert (table["cumulative"] < table["adversarial"]).all()
    assert table["s"].between(0.05, 0.6).all()


def test_densities_by_monte_carlo():
    rng, s = np.random.default_rng(2), 0.2
    start, shift = rng.standard_normal((2, 400_000))
    seen = ((start > 0) != (start + s * shift > 0)).mean()
    # Four binomial standard errors: one failure in 16,000.
    assert abs(seen - generic_density(s)) < 4 * np.sqrt(seen / 400_000)
    # The adversary moves the neurons nearest to their kink exactly onto it, until the squares are spent.
    nearest = np.sort(start**2)
    share = np.searchsorted(np.cumsum(nearest), start.size * 0.01**2) / start.size
    assert share == pytest.approx(float(adversarial_density(0.01)), rel=0.02)


def test_a_single_run_is_judged_by_the_spread_of_all_rows():
    rng, printed = np.random.default_rng(4), table_two()
    wide = printed.pivot(index="m", columns="quantity", values="mean")
    rows = pd.DataFrame([
        {"S": 100, "m": m} | {q: wide.loc[m, q] * rng.normal(1, 0.03) for q in QUANTITIES}
        for m in wide.index for _ in range(6)
    ])  # fmt: skip
    table = random_labels_summary.single_run_scores(rows, printed)
    assert (table["freedom"] == 25).all()
    assert table["spread"].to_numpy() == pytest.approx(0.03, abs=0.015)
    assert (table["score"] < 3.5).all()  # once in 500 tables of four
    rows.loc[rows["m"] == 5000, "T"] *= 0.8
    far = random_labels_summary.single_run_scores(rows, printed).set_index("quantity")
    assert far.loc["T", "score"] > 3.5


def test_the_sum_of_the_signs_moves_the_changes():
    rows = pd.DataFrame([vars(c) | sign_imbalance.compute(c)[0] for c in sign_imbalance.cells("quick")])
    assert sign_sums.changes_by_imbalance(rows, 200, 0, 26)["flips"] > 0.05
    draws = pd.DataFrame({"S": 100, "m": 20, "run": range(200)})
    squares = sign_sums.sign_sums(draws) ** 2 / 100
    # Chi-squared with one degree of freedom: mean 1, variance 2; four standard errors.
    assert abs(squares.mean() - 1) < 4 * np.sqrt(2 / 200)


def test_tables_show_both_sides():
    printed = table_one().query("S == 100 and m <= 200")
    table = agreement(normal_runs(printed, np.random.default_rng(3)), printed)
    shown = random_labels_tables.side_by_side(table, ("T", "kappa_H"), 3.6)
    assert shown["$m$"].tolist() == [100, 200]
    assert shown[r"$T$, paper"].iloc[0] == "**528** 468–624"
    assert shown[r"$\kappa_H$, paper"].iloc[1] == "**0.93** 0.88–0.96"
    assert (
        random_labels_tables.side_by_side(table, ("T", "kappa_H"), 0.0)["score"].str.contains(r"\*\*").all()
    )


def test_steps_between_rows_are_exponents():
    table = pd.DataFrame({"m": [100, 200, 400], "mean": [1.0, 2.0, 8.0]})
    assert random_labels_summary.local_exponents(table)["exponent"].to_numpy() == pytest.approx([1, 2])
