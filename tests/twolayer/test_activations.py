"""Activations against slow formulas, their own stated facts, finite differences and autograd."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.polynomial import legendre

from twolayer import activations
from twolayer.activation import Activation
from twolayer.activations import ACTIVATION_NAMES, activation_by_name, wendland
from twolayer.blockwise import BLOCK, evaluate, integer_power
from twolayer.wendland import ROOT_TWO, wendland_function, wendland_pair

DIMENSIONS = (3, 8, 10)
GRID = np.linspace(-1.0, 1.0, 4001)

TORCH = {
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "absolute_value": torch.abs,
    "swish": torch.nn.functional.silu,
    "tanh": torch.tanh,
    "softplus": torch.nn.functional.softplus,
    "gelu": torch.nn.functional.gelu,
    "elu": torch.nn.functional.elu,
    "squared_relu": lambda z: torch.relu(z) ** 2,
    "sine": torch.sin,
    "cosine": torch.cos,
    "hyperbolic_cosine": torch.cosh,
    "exponential": torch.exp,
    "quadratic": lambda z: z**2 + z,
}


def slow_wendland(z, smoothness, dimension, zeta=ROOT_TWO):
    """Table 1 of the paper, letter by letter."""
    r = np.sqrt(2 - 2 * z) / zeta
    if smoothness == 0:
        return np.where(r < 1, 1 - r, 0) ** (dimension // 2 + 1)
    ell = dimension // 2 + 3
    return np.where(r < 1, 1 - r, 0) ** (ell + 2) * ((ell**2 + 4 * ell + 3) * r**2 + (3 * ell + 6) * r + 3)


@pytest.mark.parametrize("name", sorted(TORCH))
def test_values_and_derivatives_agree_with_torch(name):
    activation = activation_by_name(name, 3)
    z = np.random.default_rng(1).uniform(-5, 5, 400)
    z_torch = torch.tensor(z, requires_grad=True)
    values = TORCH[name](z_torch)
    values.sum().backward()
    np.testing.assert_allclose(activation(z), values.detach().numpy(), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(activation.derivative(z), z_torch.grad.numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("zeta", [0.3, np.sqrt(2), 1.9, 2.5])
@pytest.mark.parametrize("dimension", [1, 2, *DIMENSIONS])
@pytest.mark.parametrize("smoothness", [0, 2])
def test_wendland_fast_path_agrees_with_the_table(smoothness, dimension, zeta):
    activation = wendland(smoothness, dimension, zeta)
    expected = slow_wendland(GRID, smoothness, dimension, zeta)
    # A value is a product of some ten rounded factors.
    np.testing.assert_allclose(activation(GRID), expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(
        wendland_function(np.sqrt(2 - 2 * GRID) / zeta, smoothness, dimension),
        expected,
        rtol=1e-13,
        atol=1e-15,
    )
    np.testing.assert_allclose(
        wendland_pair(GRID, dimension, zeta)[smoothness // 2], expected, rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("smoothness", [0, 2])
def test_wendland_derivative_agrees_with_central_differences(smoothness, dimension):
    activation = wendland(smoothness, dimension)
    z = np.linspace(-0.5, 0.99, 1000)
    h = 1e-6
    differences = (activation(z + h) - activation(z - h)) / (2 * h)
    # Error of the difference: h^2 times a third derivative of at most 1e5 here, plus 1e-16 / h.
    np.testing.assert_allclose(activation.derivative(z), differences, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("dimension", "slope"), [(3, 28), (8, 55), (10, 66)])
def test_wendland2_slope_at_one(dimension, slope):
    activation = wendland(2, dimension)
    assert activation.derivative(1.0) == pytest.approx(slope, rel=1e-14)
    assert activation.lipschitz == pytest.approx(slope, rel=1e-14)
    near = activation.derivative(1 - 10.0 ** -np.arange(2.0, 15.0, 2.0))
    assert np.all(np.diff(near) > 0)
    assert near[-1] == pytest.approx(slope, rel=1e-6)  # slope (1 - O(1 - z)), here 1 - z = 1e-14


@pytest.mark.parametrize(("dimension", "steepest"), [(3, 827), (8, 2061), (10, 2470)])
def test_wendland0_is_not_lipschitz(dimension, steepest):
    """Errata E3: the slope grows like l / (2 sqrt(1 - z)); the numbers are the steepest chords of a 1e-6 grid."""
    activation = wendland(0, dimension)
    assert activation.lipschitz == np.inf
    assert activation.derivative(1.0) == np.inf
    distance = 10.0 ** -np.arange(10.0, 15.0)
    ratio = activation.derivative(1 - distance) * 2 * np.sqrt(1 - (1 - distance)) / (dimension // 2 + 1)
    np.testing.assert_allclose(ratio, 1, atol=1e-4)  # relative correction (l - 1) sqrt(1 - z) <= 5e-5
    # One cell of the grid: l sqrt(h) / h = 1000 l; the paper's formula at half a cell gives the same order.
    chord = (activation(1.0) - activation(1 - 1e-6)) / 1e-6
    assert steepest < chord <= 1000 * (dimension // 2 + 1)


def test_wendland_vanishes_at_the_left_and_clips_rounding_at_one():
    for smoothness, top in ((0, 1.0), (2, 3.0)):
        activation = wendland(smoothness, 8)
        assert activation(1 + 1e-15) == top == activation.bound
        assert np.all(activation(np.linspace(-1, 0, 50)) == 0)
        assert np.all(activation.derivative(np.linspace(-1, 0, 50)) == 0)
        assert activation(-1e300) == 0
        with pytest.raises(
            ValueError, match=r"Wendland\d is defined for z in \[-inf, 1\] only, got z = 1\.1"
        ):
            activation([0.5, 1.1])
        with pytest.raises(ValueError, match="defined for"):
            activation.derivative(1 + 1e-9)
    with pytest.raises(ValueError, match=r"z <= 1 only, got z = 1\.1"):
        wendland_pair([1.1], 3)


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_bound_and_lipschitz_constant_hold_and_are_attained(name):
    activation = activation_by_name(name, 8)
    assert np.abs(activation(GRID)).max() == pytest.approx(activation.bound, rel=1e-12)
    slopes = np.abs(np.diff(activation(GRID)) / np.diff(GRID))
    if np.isfinite(activation.lipschitz):
        # Chords of length h = 5e-4 miss the largest slope by at most h times the curvature over it, below 1 %.
        assert slopes.max() <= activation.lipschitz * (1 + 1e-9)
        assert slopes.max() >= activation.lipschitz * 0.99
    derivative = activation.derivative(GRID[:-1])
    assert np.abs(derivative).max() <= activation.lipschitz * (1 + 1e-12)


def test_lipschitz_constant_of_steep_swish_and_golden_values():
    assert activations.swish().bound == pytest.approx(0.731059, abs=5e-7)  # six printed digits
    assert activations.swish().lipschitz == pytest.approx(0.92767, abs=5e-6)  # five printed digits
    steep = activations.swish(beta=10.0)
    assert np.abs(steep.derivative(GRID)).max() == pytest.approx(steep.lipschitz, rel=1e-6)
    assert activations.gelu().lipschitz == pytest.approx(1.083315, abs=5e-7)


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_stated_parity_is_what_legendre_coefficients_show(name):
    """A polynomial part has no coefficient above its degree; another part has one of high degree.

    Gauss-Legendre on [0, 1] is used for each part, so that kinks at 0 do no harm; the square root of Wendland0 at 1
    costs accuracy only in a part that is not a polynomial anyway.
    """
    activation = activation_by_name(name, 3)
    nodes, weights = legendre.leggauss(60)
    nodes, weights = (nodes + 1) / 2, weights / 2
    parts = {
        0: (activation(nodes) + activation(-nodes)) / 2,
        1: (activation(nodes) - activation(-nodes)) / 2,
    }
    stated = {0: activation.even_part_degree, 1: activation.odd_part_degree}
    for parity, part in parts.items():
        coefficients = np.array(
            [(2 * k + 1) * np.sum(weights * part * legendre.Legendre.basis(k)(nodes)) for k in range(12)]
        )
        coefficients[1 - parity :: 2] = 0
        if np.isfinite(stated[parity]):
            degree = int(stated[parity])
            np.testing.assert_allclose(coefficients[degree + 1 :], 0, atol=1e-13)
            assert degree == 0 or abs(coefficients[degree]) > 1e-3
        else:
            # The smoothest of all, sine, cosine and exponential, have 1e-9 or more at degrees 8 to 11.
            assert np.abs(coefficients[8:]).max() > 1e-12


def test_what_the_parts_decide():
    singular = {name for name in ACTIVATION_NAMES if activation_by_name(name, 3).singular_on_cube}
    assert singular == {
        "relu",
        "leaky_relu",
        "absolute_value",
        "swish",
        "softplus",
        "gelu",
        "cosine",
        "hyperbolic_cosine",
        "quadratic",
        "tanh",
        "sine",
    }
    definite = {name for name in ACTIVATION_NAMES if activation_by_name(name, 3).strictly_positive_definite}
    assert definite == {"wendland0", "wendland2", "elu", "exponential"}
    assert (activations.tanh() + activations.relu()).strictly_positive_definite
    assert (activations.sine() + activations.cosine()).strictly_positive_definite
    assert activations.leaky_relu(1.0).even_part_is_polynomial
    assert activations.leaky_relu(-1.0).odd_part_degree == 0


def test_sum_adds_values_slopes_and_bounds_and_refuses_possible_cancellation():
    both = activations.tanh() + activations.relu()
    np.testing.assert_array_equal(both(GRID), np.tanh(GRID) + np.maximum(GRID, 0))
    assert both.derivative(0.5) == pytest.approx(1 / np.cosh(0.5) ** 2 + 1, rel=1e-14)
    assert both.bound == pytest.approx(np.tanh(1) + 1, rel=1e-15)
    assert both.name == "tanh+relu"
    with pytest.raises(ValueError, match="might cancel"):
        activations.gelu() + activations.swish()
    with pytest.raises(TypeError):
        activations.gelu() + 1.0


SAFE_EVERYWHERE = sorted(
    set(TORCH) - {"hyperbolic_cosine", "exponential", "squared_relu", "quadratic"}  # these may truly overflow
)


@given(st.sampled_from(SAFE_EVERYWHERE), hnp.arrays(np.float64, 5, elements=st.floats(-1e308, 1e308)))
def test_no_warning_and_no_overflow_for_any_finite_argument(name, z):
    activation = activation_by_name(name, 3)
    assert np.all(np.isfinite(activation(z)))
    assert np.all(np.isfinite(activation.derivative(z)))


@given(st.floats(1e-6, 1e6), st.floats(-1e308, 1e308))
def test_swish_of_any_sharpness_stays_between_its_limits(beta, z):
    activation = activations.swish(beta)
    value = activation(z)
    # Minimum -0.2785 / beta; far on the left at most 700 exp(-700) / beta in size.
    assert -0.2785 / beta <= value <= max(z, 0.0)
    assert abs(value - max(z, 0.0)) <= 0.2785 / beta + 1e-12 * abs(z)


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_out_layout_and_pickle_make_no_difference(name):
    activation = activation_by_name(name, 10)
    z = np.random.default_rng(0).uniform(-1, 1, (3, BLOCK // 2 + 5))
    expected = activation(z)
    out = np.empty_like(z)
    assert activation(z, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(activation(np.asfortranarray(z)), expected)
    np.testing.assert_array_equal(activation(z[:, ::2]), expected[:, ::2])
    np.testing.assert_array_equal(activation(z.T, out=np.empty_like(z).T), expected.T)
    same = z.copy()
    activation(same, out=same)
    np.testing.assert_array_equal(same, expected)
    again = pickle.loads(pickle.dumps(activation))
    assert again == activation
    assert hash(again) == hash(activation)
    np.testing.assert_array_equal(again(z), expected)
    assert isinstance(activation(0.5), float)
    assert activation(np.zeros((0, 3))).shape == (0, 3)


def test_equality_is_by_name_and_parameters():
    assert activations.swish() == activations.swish(1.0)
    assert activations.swish() != activations.swish(2.0)
    assert wendland(0, 3) != wendland(0, 4)


@given(
    st.sampled_from(ACTIVATION_NAMES),
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=2), elements=st.floats(-1, 1)),
    st.sampled_from([np.nan, np.inf, -np.inf]),
)
def test_every_activation_refuses_what_is_not_finite(name, z, bad):
    z.flat[z.size - 1] = bad
    activation = activation_by_name(name, 3)
    for function in (activation, activation.derivative):
        with pytest.raises(ValueError, match="z has 1 entries that are NaN or infinite"):
            function(z)
    with pytest.raises(TypeError, match="z must hold real numbers"):
        activation(z.astype(str))


@given(st.text(max_size=12).filter(lambda name: name not in ACTIVATION_NAMES))
def test_an_unknown_name_is_told_the_known_ones(name):
    with pytest.raises(ValueError, match="choose one of wendland0, wendland2, relu"):
        activation_by_name(name, 3)


@given(st.integers(max_value=0), st.floats(max_value=0.0), st.integers().filter(lambda k: k not in (0, 2)))
def test_bad_parameters_are_named(dimension, zeta, smoothness):
    for call in (
        lambda: wendland(0, dimension),
        lambda: wendland_pair([0.0], dimension),
        lambda: wendland_function([0.0], 0, dimension),
        lambda: activation_by_name("relu", dimension),
    ):
        with pytest.raises(ValueError, match="dimension must be at least 1"):
            call()
    for call in (lambda: wendland(2, 3, zeta), lambda: wendland_pair([0.0], 3, zeta)):
        with pytest.raises(ValueError, match="zeta must be"):
            call()
    for call in (lambda: wendland(smoothness, 3), lambda: wendland_function([0.0], smoothness, 3)):
        with pytest.raises(ValueError, match="smoothness must be"):
            call()
    for factory, name in (
        (activations.swish, "beta"),
        (activations.elu, "alpha"),
    ):
        with pytest.raises(ValueError, match=f"{name} must be"):
            factory(zeta)
    with pytest.raises(ValueError, match="slope must be finite"):
        activations.leaky_relu(np.nan)
    with pytest.raises(ValueError, match="zeta must be at least 1e-150"):
        wendland(0, 3, 1e-200)
    with pytest.raises(ValueError, match="r must not be negative"):
        wendland_function([0.5, -0.1], 0, 3)


def test_activation_refuses_contradictory_facts():
    facts = {
        "name": "own",
        "label": "own",
        "formula": "z",
        "function": np.abs,
        "derivative_function": np.sign,
        "bound": 1.0,
        "lipschitz": 1.0,
        "even_part_degree": np.inf,
        "odd_part_degree": 0,
    }
    assert Activation(**facts)(-2.0) == 2.0
    with pytest.raises(TypeError, match="function of own must be callable"):
        Activation(**facts | {"function": 3})
    with pytest.raises(ValueError, match="bound of own"):
        Activation(**facts | {"bound": np.nan})
    with pytest.raises(ValueError, match="domain of own"):
        Activation(**facts | {"domain": (1.0, -1.0)})


@given(st.integers(1, 40), st.floats(-2, 2))
def test_integer_power_is_the_power(exponent, base):
    out = integer_power(np.array([base]), exponent, np.empty(1))
    np.testing.assert_allclose(out, base**exponent, rtol=1e-14, atol=1e-300)


def test_blockwise_refuses_misfits():
    with pytest.raises(ValueError, match="exponent must be at least 1"):
        integer_power(np.ones(1), 0, np.empty(1))
    with pytest.raises(ValueError, match="out must be a float64 array of shape"):
        evaluate(np.copyto, np.ones(3), [np.empty(2)])
