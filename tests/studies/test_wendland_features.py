"""Wendland activations: parts, smoothness, definiteness, and the width of their support."""

import numpy as np
import pytest

from studies.underdetermined import wendland_features as study
from twolayer.activations import wendland
from twolayer.datasets import planted_cube
from twolayer.wendland import ROOT_TWO, wendland_function


@pytest.mark.parametrize("smoothness", [0, 2])
@pytest.mark.parametrize("zeta", [0.5, 1.0, ROOT_TWO])
def test_even_and_odd_parts_are_the_printed_ones(smoothness, zeta):
    z = np.linspace(-1, 1, 2001)
    for got, printed in zip(
        study.parts(wendland(smoothness, 8, zeta), z),
        study.printed_parts(smoothness, 8, zeta, z),
        strict=True,
    ):
        np.testing.assert_allclose(got, printed, atol=1e-15)


def test_the_printed_parts_fail_beyond_root_two():
    z = np.linspace(-1, 1, 2001)
    got, _ = study.parts(wendland(0, 3, 1.8), z)
    printed, _ = study.printed_parts(0, 3, 1.8, z)
    assert np.abs(got - printed).max() > 0.02


@pytest.mark.parametrize(("smoothness", "first_odd"), [(0, 1), (2, 5)])
@pytest.mark.parametrize("dimension", [3, 4, 8, 10])
def test_the_first_odd_power_of_the_radius(smoothness, first_odd, dimension):
    series = study.power_series_in_radius(smoothness, dimension)
    odd = np.flatnonzero(np.abs(series[1::2]) > 1e-9) * 2 + 1
    assert odd[0] == first_odd
    r = np.linspace(0, 1, 11)
    values = np.polynomial.polynomial.polyval(r, series)
    np.testing.assert_allclose(values, wendland_function(r, smoothness, dimension), atol=1e-9)


@pytest.mark.parametrize(("dimension", "slope"), [(3, 28), (8, 55), (10, 66)])
def test_slopes_at_one(dimension, slope):
    table = study.slopes_at_one(dimension, [1e-4, 1e-8])
    assert table["wendland2"].iloc[1] == pytest.approx(slope, rel=1e-3)
    # Wendland0 behaves like 1 - l sqrt(1 - z): its quotient grows by a factor 100 when h falls by 10^4.
    assert table["wendland0"].iloc[1] / table["wendland0"].iloc[0] == pytest.approx(100, rel=0.06)


def test_definiteness_on_the_cube_has_the_known_smallest_eigenvalues():
    table = study.definiteness_table(1).set_index(["points", "activation"])["smallest"]
    # Six digits are known of each.
    assert table["bad points, $d=3$", "wendland0"] == pytest.approx(0.0139620, rel=1e-5)
    assert table["bad points, $d=3$", "wendland2"] == pytest.approx(0.223757, rel=1e-5)
    assert table["bad points, $d=10$", "wendland0"] == pytest.approx(6.78877e-6, rel=1e-5)
    assert table["bad points, $d=10$", "wendland2"] == pytest.approx(1.19019e-4, rel=1e-5)
    for name in ("relu", "swish"):
        assert abs(table["bad points, $d=3$", name]) < 1e-14


def test_ranks_at_finite_width():
    x, _ = planted_cube(np.random.default_rng(0))
    table = study.rank_by_width(x, [50, 99, 100, 101, 500], 0).set_index("width")
    assert table["wendland0"].tolist() == [50, 99, 100, 100, 100]
    assert table["wendland2"].tolist() == [50, 99, 100, 100, 100]
    assert table["relu"].tolist() == [50, 99, 99, 99, 99]
    assert (table["swish"] <= 99).all()


def test_table_1_settles_the_reading():
    z = np.linspace(-1, 1, 101)
    read = study.readings(2, 3, ROOT_TWO, z)
    np.testing.assert_allclose(wendland(2, 3)(z), read["Table 1"], atol=1e-14)
    assert np.abs(read["(3.7)"] - read["Table 1"]).max() > 0.5
    assert np.abs(read["Theorem 3.4"] - read["Table 1"]).max() > 0.5


def test_a_narrow_support_leaves_dead_points():
    cell = study.ZetaCell("Prostate-Cancer", 0, 0.3, 40, 5, 2, 0)
    (row,) = study.zeta_rows(cell)
    assert row["dead"] > 20
    assert row["median"] == 1e16
    assert row["kappa_population"] < 100
    (wide,) = study.zeta_rows(study.ZetaCell("Prostate-Cancer", 0, 1.4, 40, 5, 2, 0))
    assert wide["dead"] == 0
    assert wide["median"] < 1e10
