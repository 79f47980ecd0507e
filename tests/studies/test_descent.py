"""Gradient descent on the prostate data: the numbers of Figs. 2 and 3, and the steps taken against the formula."""

import numpy as np
import pandas as pd
import pytest

from companion.archive import read_archive
from studies.underdetermined import descent_curves as curves
from studies.underdetermined.activations import FOUR
from studies.underdetermined.data import load
from studies.underdetermined.descent import (
    DATA,
    SPECTRUM,
    Descent,
    Draw,
    descent_rows,
    random_features,
    recorded_steps,
    spectral_data,
    spectrum_rows,
)

# Steps to relative residuals of 1e-3 and 1e-8, from a prototype with three other draws: geometric means of its ranges.
# Wendland conditioning varies by a factor of 2.5 from draw to draw at this width, ReLU's and swish's by some per cent.
STEPS = {
    "wendland0": ({1e-3: 2.4e4, 1e-8: 7.0e4}, 2.0),
    "wendland2": ({1e-3: 9.6e3, 1e-8: 3.0e4}, 2.0),
    "relu": ({1e-3: 1.27e6, 1e-8: 3.4e6}, 1.5),
    "swish": ({1e-3: 1.3e10, 1e-8: 4.4e10}, 1.5),
}

# Numbers of filter values above 0.9 after 20 steps, and how far single draws may be from them.
RESOLVED = {"wendland0": (53, 6), "wendland2": (72, 8), "relu": (7, 1), "swish": (8, 1)}


@pytest.fixture(scope="module")
def archived():
    return read_archive(SPECTRUM)


@pytest.fixture(scope="module")
def narrow():
    return pd.DataFrame([row | {"seed": 0} for row in spectrum_rows(Draw(0, 5))])


def test_steps_to_tolerance_are_those_of_the_prototype(archived):
    medians = curves.steps_to_tolerance(archived).groupby(["activation", "tolerance"])["steps"].median()
    for name, (expected, factor) in STEPS.items():
        for tolerance, steps in expected.items():
            assert steps / factor < medians[name, tolerance] < steps * factor, (name, tolerance)


def test_twenty_steps_resolve_as_many_components_as_in_the_prototype(archived):
    counts = curves.resolved_components(curves.filter_values(archived, steps=20), levels=(0.9,))
    for name, (count, spread) in RESOLVED.items():
        found = counts[counts["activation"] == name]["count"]
        assert len(found) == 20
        assert found.between(count - spread, count + spread).all(), name


def test_early_residuals_are_those_of_errata_e14(archived):
    medians = curves.early_residuals(archived, steps=20).groupby("activation").median(numeric_only=True)
    # One draw of the prototype; ReLU and swish hardly vary, the Wendland first component by a quarter.
    assert medians.loc["relu", "first_share"] == pytest.approx(0.87, abs=0.01)
    assert medians.loc["relu", "optimal"] == pytest.approx(0.900, abs=0.01)
    assert medians.loc["relu", "conservative"] == pytest.approx(0.238, abs=0.005)
    assert medians.loc["swish", "optimal"] == pytest.approx(0.309, abs=0.01)
    assert medians.loc["wendland2", "without_first"] == pytest.approx(0.068, abs=0.015)


def test_a_live_draw_gives_the_archived_spectrum(archived):
    live = pd.DataFrame(spectrum_rows(Draw(0, 200)))
    kept = archived[archived["seed"] == 0].reset_index(drop=True)
    np.testing.assert_allclose(live["sigma"], kept["sigma"], rtol=1e-7)
    np.testing.assert_allclose(live["coefficient"], kept["coefficient"], rtol=1e-5, atol=1e-5)


def test_the_small_decomposition_is_that_of_the_features():
    x, y = load(DATA)
    for z in random_features(x, 3, 300):
        sigma, coefficients = spectral_data(z, y)
        u, s, _ = np.linalg.svd(z, full_matrices=False)
        np.testing.assert_allclose(sigma, s, rtol=1e-9)  # swish: 1e-16 times its square root of kappa
        np.testing.assert_allclose(np.abs(coefficients[:5]), np.abs((u.T @ y)[:5]), rtol=1e-8)
        assert np.linalg.norm(coefficients) == pytest.approx(np.linalg.norm(y), rel=1e-12)


def test_features_are_the_same_for_every_width_of_the_blocks_and_normalised():
    x, _ = load(DATA)
    z = random_features(x, 0, 4100)  # two full blocks and a rest
    assert [part.shape for part in z] == [(97, 4100)] * 4
    # The mean square of ReLU features is 1 / (2 d) = 1 / 16, here over 4100 neurons and 97 points.
    assert np.mean(z[FOUR.index("relu")] ** 2) * 4100 == pytest.approx(1 / 16, rel=0.03)


@pytest.mark.parametrize("name", FOUR)
def test_steps_taken_agree_with_the_closed_form(name):
    table = pd.DataFrame(descent_rows(Descent(0, 5, name, 30, 500)))
    assert set(table["method"]) == {"coefficients", "residuals"}
    # Rounding grows like the number of steps times 1e-15 in the component that is not damped.
    assert table["deviation"].max() < 1e-11
    np.testing.assert_allclose(table["residual"], table["closed_form"], atol=1e-11)


def test_recorded_steps_end_at_the_last():
    assert recorded_steps(50) == [0, 1, 2, 5, 10, 20, 50]
    assert recorded_steps(19) == [0, 1, 2, 5, 10]


def test_curves_start_at_one_and_never_grow(narrow):
    run = curves.residual_curves(narrow, [0, 1, 10, 100, 1000])
    for _, curve in run.groupby("activation"):
        assert curve["residual"].iloc[0] == pytest.approx(1.0, rel=1e-12)
        assert (np.diff(curve["residual"]) <= 1e-12).all()


def test_bands_of_one_draw_are_its_curve(narrow):
    run = curves.residual_curves(narrow, [3, 30])
    band = curves.bands(run)
    assert list(band["activation"].unique()) == list(FOUR)
    np.testing.assert_array_equal(band["low"], band["high"])


def test_the_first_component_is_not_damped_and_a_smaller_step_resolves_it(narrow):
    def first(steps, multiple=None):
        values = curves.filter_values(narrow, steps=steps, multiple=multiple)
        return values[values["index"] == 1].set_index("activation")["filter"]

    assert (first(20) < 0.05).all()
    assert (first(21) > 1.95).all()
    np.testing.assert_allclose(first(1, 1.0), 1.0, rtol=1e-12)


def test_population_eigenvalues_have_the_condition_numbers_on_record():
    population = curves.population_eigenvalues(DATA)
    expected = {"wendland0": 8.87e3, "wendland2": 3.44e3, "relu": 3.765e5, "swish": 5.20e9}
    for name, kappa in expected.items():
        assert population[name][0] / population[name][-1] == pytest.approx(kappa, rel=0.01)


def test_the_sweep_ends_where_the_curve_with_that_step_is(narrow):
    sweep = curves.step_size_sweep(narrow, [0.5, 1.0], steps=20)
    curve = curves.residual_curves(narrow, [20], multiple=0.5)
    np.testing.assert_array_equal(sweep[sweep["multiple"] == 0.5]["residual"], curve["residual"])
