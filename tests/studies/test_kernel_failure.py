"""Spectra on the cube, the exception to Theorem 3.2, and gated activations."""

import numpy as np
import pytest

from companion.runner import compute_table
from studies.underdetermined import gates, kernel_failure
from twolayer.activations import activation_by_name
from twolayer.cube import cube_spectrum
from twolayer.datasets import cube_null_vector, cube_vertices
from twolayer.gram import empirical_neural_tangent_gram
from twolayer.initialisation import sphere_points
from twolayer.kernels import relu_neural_tangent_gram

KNOWN = {
    (3, "wendland0"): (0.0572571, 0.0397905, 0.0253587, 0.0139620),
    (3, "wendland2"): (0.283898, 0.263608, 0.243561, 0.223757),
    (3, "relu"): (0.502830, 2 / 9, 0.0546122, 0),
    (3, "swish"): (0.0504931, 2 / 9, 0.0129291, 0),
    (10, "wendland0"): (7.72866e-6, 7.41306e-6, 7.09976e-6, 6.78877e-6),
    (10, "wendland2"): (1.21981e-4, 1.20993e-4, 1.20006e-4, 1.19019e-4),
    (10, "relu"): (0.150849, 1 / 15, 0.0163837, 0),
    (10, "swish"): (0.00661518, 1 / 15, 0.00172803, 0),
}


@pytest.mark.parametrize(("dimension", "name"), KNOWN)
def test_spectra_on_the_cube(dimension, name):
    # An independent prototype, six digits.
    spectrum = cube_spectrum(kernel_failure.feature_kernel(name, dimension))
    np.testing.assert_allclose(spectrum, KNOWN[dimension, name], rtol=1e-5, atol=1e-15)


def test_tangent_spectrum_and_its_table():
    spectrum = cube_spectrum(kernel_failure.relu_tangent_kernel)
    np.testing.assert_allclose(spectrum, [0.608173, 2 / 3, 0.463942, 0], atol=1e-6)
    matrix = np.linalg.eigvalsh(relu_neural_tangent_gram(cube_vertices(4)))
    np.testing.assert_allclose(np.sort(np.repeat(spectrum, (1, 3, 3, 1))), matrix, atol=1e-14)
    table = kernel_failure.spectra_on_the_cube((3,))
    assert len(table) == 20
    np.testing.assert_array_equal(table[table.name == "tangent"].eigenvalue, spectrum)


def test_printed_null_vector_is_one_of_the_indicators_only():
    x, a = cube_vertices(), sphere_points(np.random.default_rng(0), 2000, 3)
    printed = kernel_failure.PRINTED_NULL_VECTOR
    np.testing.assert_array_equal(printed @ kernel_failure.indicators(x, a), 0)
    gram = empirical_neural_tangent_gram(x, a)
    assert np.linalg.norm(gram @ printed) == pytest.approx(0.93, abs=0.03)  # its spread over draws is 0.01
    assert np.abs(gram @ cube_null_vector()).max() <= 1e-15
    np.testing.assert_allclose(kernel_failure.tangent_gram(x, a, 0.0), gram, atol=1e-15)


def test_weights_orthogonal_to_points_are_the_exception():
    table = compute_table(kernel_failure.TANGENT_EXCEPTION, "quick")
    predicted = table.exceptional / (6 * (table.exceptional + table.generic))
    # The correction is the projection on the other eigenvectors, of relative order k/m = 3 % at most.
    np.testing.assert_allclose(table.smallest, predicted, rtol=0.05, atol=1e-14)
    np.testing.assert_allclose(table.smallest_one, predicted, rtol=0.05, atol=1e-14)
    assert table.smallest_half.abs().max() <= 1e-14
    assert table.smallest_generic.abs().max() <= 1e-14
    six = table[table.exceptional == 6].smallest
    np.testing.assert_allclose(six, 5e-4, rtol=0.01)
    assert (np.abs(cube_vertices() @ kernel_failure.EXCEPTIONAL.T) < 1e-15).sum() == 24


@pytest.mark.parametrize("name", gates.GATED)
def test_gated_activations_have_odd_part_half_z(name):
    z = np.linspace(-30, 30, 1001)
    np.testing.assert_allclose(gates.odd_part(activation_by_name(name, 3), z), z / 2, rtol=1e-15, atol=1e-15)
    activation = activation_by_name(name, 3)
    np.testing.assert_allclose(gates.even_part(activation, z) + z / 2, activation(z), rtol=1e-14, atol=1e-14)


def test_gates_fail_and_controls_do_not():
    table = compute_table(gates.GATES, "quick")
    gated = table.activation.isin(gates.GATED)
    assert table[gated].null_residual.max() <= 1e-14
    assert table[gated]["rank"].max() == 7
    wide = table[~gated & (table.width >= 100)]
    assert (wide["rank"] == 8).all()
    assert wide.null_residual.min() > 1e-3


def test_swish_family_ends_in_relu():
    table = gates.swish_spectra([1.0, 1000.0], 3)
    np.testing.assert_allclose(
        table.loc[0, "degree_0":"degree_3"].astype(float), KNOWN[3, "swish"], rtol=1e-5, atol=1e-15
    )
    # Swish differs from ReLU on a set of size 1/beta by 1/beta: relative 1e-5 in the kernel.
    np.testing.assert_allclose(
        table.loc[1, "degree_0":"degree_3"].astype(float), KNOWN[3, "relu"], rtol=1e-4, atol=1e-14
    )
