import numpy as np
import pandas as pd
import pytest

from studies.inconsistency import half_sided_checks as checks
from studies.inconsistency import movement, movement_summary
from twolayer.half_sided import half_sided_bounds
from twolayer.half_sided_datasets import six_points


def test_remark_9_on_the_six_points():
    rows = checks.eigenvalue_bounds(six_points())
    for _, row in rows.iterrows():
        values = [row[name] for name in ("lower", "smallest", "largest", "upper")]
        np.testing.assert_allclose(values, [1 / 17, 0.060098, 2.773235, 17 / 6], atol=1e-6)
    assert rows["determinant_error"].max() < 1e-14


def test_remark_9_on_random_and_on_bad_data():
    for data in [checks.random_data(seed, 12) for seed in range(50)] + [checks.clustered_data(400)]:
        rows = checks.eigenvalue_bounds(data)
        factor = rows["upper"] / rows["largest"]
        assert ((factor >= 1 - 1e-12) & (factor <= 2)).all()
        np.testing.assert_allclose(rows["smallest"] / rows["lower"], factor, rtol=1e-6)
        assert rows["determinant_error"].max() < 1e-12
    assert factor.min() > 1.8  # the bound cannot be improved much


def test_lines_solve_their_equations():
    for seed in range(20):
        data = checks.random_data(seed, 12)
        assert checks.regression_error(data) < 1e-9
        assert checks.normal_equation_error(data) < 1e-12


def test_the_intercept_is_the_one_asked_for():
    slope, intercept = half_sided_bounds(movement.data_with_intercept(0.25))
    assert intercept == pytest.approx(0.25, abs=1e-14)
    assert slope == pytest.approx(0, abs=1e-14)


def test_medians_of_256_neurons():
    # An independent program gave these medians; 80 runs know a median to about ten per cent.
    rows = movement.compute(movement.Movements(256, movement.NO_INTERCEPT, False, 80, 3))
    medians = pd.DataFrame(rows).set_index("quantity")["median"]
    golden = {"a": 1.4e-3, "b": 6.1e-4, "w": 2.3e-2, "c": 2.4e-3, "kappa": 8.5e-3}
    np.testing.assert_allclose(medians[list(golden)], list(golden.values()), rtol=0.4)


def test_hull_and_neurons_give_one_table():
    cell = movement.Movements(32, 0.25, False, 30, 1)
    fast, slow = movement.simulate(cell), movement.simulate(cell, method="neurons")
    np.testing.assert_array_equal(fast.crossed_at, slow.crossed_at)
    for name in movement.QUANTITIES:
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-7)


def test_bootstrap_error_of_a_median():
    values = np.exp(np.random.default_rng(0).normal(size=400))
    median, error = movement.median_with_error(values, 0)
    assert median == np.median(values)
    # sqrt(pi/2) / sqrt(n) for normal logarithms, 0.063; the bootstrap of one sample is within a factor of two of it
    assert 0.03 < error < 0.13


def test_a_fit_finds_the_exponents_it_was_given():
    widths = np.array([32, 64, 128, 256])
    rows = [
        {
            "quantity": name,
            "width": m,
            "median": 3 * movement_summary.largest_normal(m) * m**p,
            "relative_error": 0.1,
        }
        for name, p in {"a": -1.5, "w": -1.0}.items()
        for m in widths
    ]
    table = movement_summary.exponents(pd.DataFrame(rows)).set_index("quantity")
    np.testing.assert_allclose(table["corrected"], [-1.5, -1.0], atol=1e-12)
    assert (table["exponent"] > table["theory"] + 0.05).all()


def test_largest_normal_is_the_median_of_the_maximum():
    draws = np.abs(np.random.default_rng(0).normal(size=(4000, 64))).max(axis=1)
    # The share below the median of 4000 draws has standard error 0.008; false alarm below 1e-4.
    assert abs((draws < movement_summary.largest_normal(64)).mean() - 0.5) < 0.032


def test_step_table_beyond_the_limit():
    table = movement_summary.step_table(32, 20, (0.5, 1.0, 4.0)).set_index("multiple")
    assert table.loc[0.5, "kappa"] == pytest.approx(table.loc[1.0, "kappa"], rel=0.2)
    assert table.loc[4.0, "crossed"] > 0.5
