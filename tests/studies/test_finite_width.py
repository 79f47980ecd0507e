"""Monte Carlo of Lemmas 2.4 and 2.5, and the widths that they ask for."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from companion.runner import compute_table
from studies.underdetermined import finite_width as study
from studies.underdetermined.gram_deviation import DEVIATION, DeviationCell, deviation_rows
from studies.underdetermined.sufficient_width import SPECTRUM, sufficient_widths_on_data
from twolayer.funk_hecke import population_kernel
from twolayer.gram import empirical_gram
from twolayer.initialisation import sphere_points
from twolayer.statistics import wilson_interval


def test_the_cube_has_the_known_spectrum_and_bounds():
    here = study.case("cube")
    # Regression values of the quadrature, six digits known.
    assert here.eigenvalues == pytest.approx((0.223757, 0.283898), rel=1e-5)
    widths = study.sufficient_widths("cube", 0.05)
    assert widths["chernoff"] == 18562
    assert widths["bernstein, printed"] == 7185
    assert widths["bernstein, corrected"] == pytest.approx(23790, abs=1)
    assert study.sufficient_widths("cube", 0.5)["chernoff"] == pytest.approx(11152, abs=1)


def test_orthonormal_data_have_the_closed_form():
    here = study.case("orthonormal")
    expected = ((1 - 1 / np.pi) * np.eye(10) + np.full((10, 10), 1 / np.pi)) / 20
    np.testing.assert_allclose(here.population, expected, atol=1e-16)
    assert here.eigenvalues[0] == pytest.approx((1 - 1 / np.pi) / 20, rel=1e-12)
    assert here.row_bound == pytest.approx(1.0, abs=1e-12)  # a unit vector has at most squared norm 1


def test_the_population_of_the_ramp_is_its_mean_square():
    # Reference: Funk-Hecke quadrature, told where the kinks are.
    kinks = (1 - 2 * study.RAMP_SHARE, 1 - 2 * study.RAMP_SHARE - study.RAMP_WIDTH)
    kernel = population_kernel(study.ramp, 3, degree=0, kinks=kinks)
    assert study.case("single").population[0, 0] == pytest.approx(kernel.mean_square, rel=1e-9)


def test_counts_agree_with_drawing_one_network_at_a_time():
    cell = study.FailureCell("cube", 60, 30, 3)
    here = study.case("cube")
    smallest, largest = here.eigenvalues
    rng = np.random.default_rng((3, 60))
    expected = dict.fromkeys(study.EVENTS, 0)
    for _ in range(30):
        gram = empirical_gram(here.points, sphere_points(rng, 60, 3), here.activation)
        values = np.linalg.eigvalsh(gram)
        distance = np.linalg.norm(gram - here.population, 2)
        expected["lower_tail"] += values[0] <= smallest / 2
        expected["upper_tail"] += values[-1] >= 2 * largest
        expected["chernoff"] += values[0] <= smallest / 2 or values[-1] >= 2 * largest
        expected["bernstein"] += distance >= smallest / 2
        expected["wider_bernstein"] += distance >= smallest
    assert study.failure_rows(cell) == [expected]


def test_blocks_do_not_change_the_counts(monkeypatch):
    cell = study.FailureCell("orthonormal", 50, 40, 1)
    whole = study.failure_rows(cell)
    monkeypatch.setattr(study, "ENTRIES_AT_ONCE", 3 * 50 * 10)
    assert study.failure_rows(cell) == whole


def test_failure_rates_on_the_cube_are_the_known_ones():
    # Reference rates 0.98, 0.53, 0.09 at m = 20, 100, 200, from 300 other draws. With 300 draws here, four standard
    # errors of the difference are at most 4 sqrt(2 / 4 / 300) = 0.163: false alarm below 2e-4 in all.
    for width, rate in ((20, 0.98), (100, 0.53), (200, 0.09)):
        (row,) = study.failure_rows(study.FailureCell("cube", width, 300, 5))
        assert row["lower_tail"] / 300 == pytest.approx(rate, abs=0.163)


def test_the_printed_lemma_2_5_fails_for_one_point():
    # The number of active neurons is binomial (up to the ramp's slope, 1e-5): the failure rate is known exactly, and
    # it exceeds delta at the printed width for both delta; at the corrected width it is far below.
    probability = float(study.case("single").population[0, 0])
    for failure in study.FAILURES:
        widths = study.sufficient_widths("single", failure)
        rates = {}
        for label in ("bernstein, printed", "bernstein, corrected"):
            m = widths[label]
            share = probability * m
            rates[label] = binom.cdf(np.floor(share / 2), m, probability) + binom.sf(
                np.ceil(1.5 * share) - 1, m, probability
            )
        assert rates["bernstein, printed"] > 1.5 * failure
        assert rates["bernstein, corrected"] < 0.05 * failure
    m = study.sufficient_widths("single", 0.05)["bernstein, printed"]
    (row,) = study.failure_rows(study.FailureCell("single", m, 4000, 2))
    low, high = wilson_interval(row["bernstein"], 4000, confidence=1 - 1e-5)  # false alarm 1e-5
    assert low < 0.0767 < high
    assert low > 0.05


def test_the_width_for_a_failure_rate_interpolates_logarithms():
    assert study.width_for_failure([100, 200], [500, 5], 1000, 0.05) == pytest.approx(150)
    assert study.width_for_failure([10, 20, 40], [9, 4, 0], 10, 0.05) == pytest.approx(40)
    with pytest.raises(ValueError, match="does not fall"):
        study.width_for_failure([10, 20], [9, 8], 10)


def test_unknown_cases_are_refused():
    with pytest.raises(ValueError, match="cube, orthonormal or single"):
        study.case("tetrahedron")


def test_the_distance_shrinks_like_the_square_root_of_the_width():
    rows = pd.DataFrame(deviation_rows(DeviationCell("relu", 40, 3, 3, 40, 2)))
    scaled = rows["mean"] * np.sqrt(rows["width"])
    assert scaled.between(3.0, 5.5).all()  # measured 4.5 to 5.0 for another set of forty points
    assert (rows["q10"] < rows["mean"]).all() and (rows["mean"] < rows["q90"]).all()  # noqa: PT018
    assert len(DEVIATION.cell_list("paper")) == 4


def test_widths_on_the_data_are_infinite_exactly_where_relu_and_swish_are_singular():
    table = sufficient_widths_on_data(compute_table(SPECTRUM, "quick"))
    infinite = table[np.isinf(table["chernoff"])]
    assert set(zip(infinite["data"], infinite["activation"], strict=True)) == {
        ("Synthetic-2", "relu"),
        ("Synthetic-2", "swish"),
    }
    assert (table["row_bound"] <= table["n"] * table["bound"] ** 2).all()
    finite = table[np.isfinite(table["chernoff"])]
    assert (finite["sharper"] <= finite["chernoff"]).all()
    assert (finite["bernstein_printed"] < finite["bernstein"]).all()
