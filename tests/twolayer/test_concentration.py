"""Widths from matrix concentration: constants on record, identities, and Monte Carlo where it can reach."""

import numpy as np
import pytest
from bad_input import NOT_FINITE, cube
from hypothesis import given
from hypothesis import strategies as st

from twolayer.activations import wendland
from twolayer.concentration import (
    LOWER_TAIL_EXPONENT,
    UPPER_TAIL_EXPONENT,
    bernstein_tail,
    bernstein_width,
    chernoff_tail,
    chernoff_width,
    du_width,
)
from twolayer.funk_hecke import population_gram
from twolayer.gram import empirical_gram

# The cube with Wendland2 in dimension 3: eigenvalues of H and the bound of the activation.
SMALLEST, LARGEST, BOUND = 0.223757, 0.283898, 3.0


def test_widths_on_record():
    # Rounded to whole numbers on record; the eigenvalues have six digits.
    assert chernoff_width(8, BOUND, SMALLEST, [0.5, 0.05]) == pytest.approx([11_152, 18_562], rel=1e-4)
    printed = bernstein_width(8, BOUND, SMALLEST, LARGEST, 0.05, printed=True)
    assert printed == pytest.approx(7185, rel=1e-4)
    assert bernstein_width(8, BOUND, SMALLEST, LARGEST, 0.05) == pytest.approx(23_790, rel=1e-4)
    assert du_width(500, 0.04, 0.05) == pytest.approx(500**4 / 0.04**4)  # 2.4e16


def test_exponents_of_the_chernoff_bound():
    assert pytest.approx(0.1534, abs=5e-5) == LOWER_TAIL_EXPONENT
    assert pytest.approx(0.3863, abs=5e-5) == UPPER_TAIL_EXPONENT
    ratio = chernoff_width(8, BOUND, SMALLEST, 0.1) / chernoff_width(
        8, BOUND, SMALLEST, 0.1, constant="exact"
    )
    assert ratio == pytest.approx(10 * LOWER_TAIL_EXPONENT)


unit = st.floats(1e-3, 0.999)
eigenvalues = st.tuples(st.floats(1e-4, 1.0), st.floats(1.0, 100.0)).map(lambda p: (p[0], p[0] * p[1]))


@given(st.integers(1, 10**4), st.floats(0.1, 10), eigenvalues, unit)
def test_tails_at_the_widths_are_the_failure_probability(n, bound, extremes, failure):
    smallest, largest = extremes
    width = np.ceil(chernoff_width(n, bound, smallest, failure, constant="exact"))
    assert chernoff_tail(width, n, bound, smallest, largest) <= failure * (1 + 1e-9)
    width = np.ceil(bernstein_width(n, bound, smallest, largest, failure))
    tail = bernstein_tail(smallest / 2, width, n, bound, largest)
    assert tail <= failure * (1 + 1e-9)
    # And not by luck: one per cent fewer neurons do not do.
    fewer = np.floor(0.99 * width)
    if fewer >= 1:
        assert bernstein_tail(smallest / 2, fewer, n, bound, largest) > failure


@given(st.integers(1, 10**4), st.floats(0.1, 10), eigenvalues, unit)
def test_the_printed_bernstein_constants_do_not_do(n, bound, extremes, failure):
    # Errata E2: they give the failure probability for the radius lambda_min, not for its half.
    smallest, largest = extremes
    width = np.ceil(bernstein_width(n, bound, smallest, largest, failure, printed=True))
    assert bernstein_tail(smallest, width, n, bound, largest) <= failure * (1 + 1e-9)
    if width > 100:
        assert bernstein_tail(smallest / 2, width, n, bound, largest) > failure


@given(st.integers(1, 10**4), st.floats(0.1, 10), eigenvalues, unit, st.floats(0.01, 100))
def test_scaling_the_activation_changes_nothing(n, bound, extremes, failure, p):
    smallest, largest = extremes
    scaled = (p * bound, p**2 * smallest)
    assert chernoff_width(n, *scaled, failure) == pytest.approx(
        float(chernoff_width(n, bound, smallest, failure))
    )
    assert bernstein_width(n, *scaled, p**2 * largest, failure) == pytest.approx(
        float(bernstein_width(n, bound, smallest, largest, failure))
    )


def test_arrays_broadcast_and_row_bounds_replace_the_crude_one():
    widths = chernoff_width(np.array([[8], [16]]), 1.0, [0.1, 0.2, 0.4], 0.05)
    assert widths.shape == (2, 3)
    assert widths[0, 0] == chernoff_width(8, 1.0, 0.1, 0.05)
    sharper = {"row_bound": 2.0}
    assert chernoff_width(8, 1.0, 0.1, 0.05, **sharper) == pytest.approx(widths[0, 0] / 4)
    assert bernstein_width(8, 1.0, 0.1, 0.2, 0.05, **sharper) == pytest.approx(
        float(bernstein_width(8, 1.0, 0.1, 0.2, 0.05)) / 4
    )
    assert bernstein_tail(0.1, 25, 8, 1.0, 0.2, **sharper) == bernstein_tail(0.1, 100, 8, 1.0, 0.2)
    assert chernoff_tail(250, 8, 1.0, 0.1, 0.2, **sharper) == chernoff_tail(1000, 8, 1.0, 0.1, 0.2)


def test_tails_are_probabilities_and_fall_with_the_width():
    widths = np.logspace(0, 6, 30).astype(int)
    for tail in (chernoff_tail(widths, 8, 3, SMALLEST, LARGEST), bernstein_tail(0.1, widths, 8, 3, LARGEST)):
        assert tail[0] == 1
        assert (np.diff(tail) <= 0).all()
        assert 0 <= tail[-1] < 1e-80


def test_the_three_regimes_of_du_et_al():
    assert du_width(2, 1.0, 1e-6) == pytest.approx(2e6)
    assert du_width(2, 2.0, 0.5) == pytest.approx(4)
    assert du_width(10, 10.0, 1e-300) == pytest.approx(1e301)
    assert du_width(3, 2.0, 0.99) >= 9 / 4 * np.log(3 / 0.99)


def test_failure_rates_on_the_cube():
    # 300 draws. Rates on record: .53 at m = 100, .003 at 500, 0 at 1000, for lambda_min(Hhat) <= lambda_min(H)/2. A
    # binomial rate of .53 leaves [.39, .67] with probability below 1e-6; one of .003 passes .03 below 1e-5.
    x, _ = cube()
    activation, rng = wendland(2, 3), np.random.default_rng(0)
    population = population_gram(x, activation)
    smallest, largest = np.linalg.eigvalsh(population)[[0, -1]]
    assert (smallest, largest) == pytest.approx((SMALLEST, LARGEST), rel=1e-5)
    rates, distances = {}, {}
    for width in (100, 500, 1000):
        failures, far = 0, 0
        for _ in range(300):
            a = rng.standard_normal((width, 3))
            gram = empirical_gram(x, a / np.linalg.norm(a, axis=1, keepdims=True), activation)
            values = np.linalg.eigvalsh(gram)
            failures += values[0] <= smallest / 2 or values[-1] >= 2 * largest
            far += np.linalg.norm(gram - population, 2) >= smallest / 2
        rates[width], distances[width] = failures / 300, far / 300
    assert 0.39 < rates[100] < 0.67
    assert rates[500] < 0.03
    assert rates[1000] == 0
    assert distances[100] > 0.8  # .93 on record
    assert 0.02 < distances[500] < 0.25  # .11 on record
    for width in rates:  # the theorems: true, and far from sharp
        assert rates[width] <= chernoff_tail(width, 8, BOUND, smallest, largest)
        assert distances[width] <= bernstein_tail(smallest / 2, width, 8, BOUND, largest)


GOOD = {
    "points": 8,
    "bound": 1.0,
    "smallest_eigenvalue": 0.1,
    "largest_eigenvalue": 0.2,
    "failure": 0.05,
    "width": 100,
    "radius": 0.1,
}
FUNCTIONS = {
    chernoff_width: ("points", "bound", "smallest_eigenvalue", "failure"),
    chernoff_tail: ("width", "points", "bound", "smallest_eigenvalue", "largest_eigenvalue"),
    bernstein_width: ("points", "bound", "smallest_eigenvalue", "largest_eigenvalue", "failure"),
    bernstein_tail: ("radius", "width", "points", "bound", "largest_eigenvalue"),
    du_width: ("points", "smallest_eigenvalue", "failure"),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@given(st.data())
def test_each_bad_argument_is_refused_by_name(function, data):
    names = FUNCTIONS[function]
    name = data.draw(st.sampled_from(names))
    bad = data.draw(NOT_FINITE | st.floats(-1e6, 0) | st.sampled_from(["text", True, [1j], None]))
    if name in ("points", "width"):
        bad = data.draw(st.sampled_from([bad, 2.5]))
    if name == "failure":
        bad = data.draw(st.sampled_from([bad, 1.0, 7.0]))
    with pytest.raises((TypeError, ValueError), match=name):
        function(**{key: GOOD[key] for key in names} | {name: bad})


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="constant must be"):
        chernoff_width(8, 1, 0.1, 0.1, constant="ten")
    with pytest.raises(ValueError, match="are they swapped"):
        bernstein_width(8, 1, 0.2, 0.1, 0.1)
    with pytest.raises(ValueError, match="are they swapped"):
        chernoff_tail(8, 8, 1, 0.2, 0.1)
    with pytest.raises(ValueError, match="row_bound"):
        chernoff_width(8, 1, 0.1, 0.1, row_bound=0)
    with pytest.raises(ValueError, match="singular"):
        chernoff_width(8, 1, 0.0, 0.1)
