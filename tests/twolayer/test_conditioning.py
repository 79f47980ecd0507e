"""Singular values by block QR against the plain SVD; condition numbers and ranks."""

import numpy as np
import pytest
from bad_input import bad_counts, bad_points, bad_positive, cube, unit_points
from hypothesis import given, settings
from hypothesis import strategies as st

from twolayer.activations import relu, swish, wendland
from twolayer.conditioning import (
    NUMERICALLY_SINGULAR,
    as_singular_values,
    condition_number,
    gram_condition_number,
    is_numerically_singular,
    numerical_rank,
    singular_values_by_width,
)
from twolayer.gram import empirical_gram
from twolayer.wendland import wendland_pair


def plain(x, a, activation, width):
    """The slow reference: the SVD of the feature matrix itself, padded by zeros."""
    values = np.linalg.svd(activation(x @ a[:width].T) / np.sqrt(width), compute_uv=False)
    return np.pad(values, (0, len(x) - len(values)))


@pytest.mark.parametrize("block", [1, 3, 20, 64, 1000])
def test_block_qr_agrees_with_the_plain_svd(block):
    # Both are backward stable: errors up to a small multiple of machine epsilon times the largest value.
    x, a = unit_points(0, 20, 4), unit_points(1, 300, 4)
    activations, widths = [wendland(0, 4), wendland(2, 4), relu(), swish()], [1, 7, 19, 20, 21, 33, 100, 300]
    spectra = singular_values_by_width(x, a, activations, widths, block=block)
    assert spectra.shape == (4, 8, 20)
    for activation, by_width in zip(activations, spectra, strict=True):
        for width, values in zip(widths, by_width, strict=True):
            expected = plain(x, a, activation, width)
            np.testing.assert_allclose(values, expected, atol=2e-14 * expected[0])


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 5), st.integers(1, 20), st.integers(1, 20))
def test_block_qr_agrees_in_any_shape(seed, n, d, width, block):
    x, a = unit_points(seed, n, d), unit_points(seed + 1, width, d)
    values = singular_values_by_width(x, a, [np.sin], [width], block=block)[0, 0]
    np.testing.assert_allclose(values, plain(x, a, np.sin, width), atol=1e-14)


def test_squares_are_eigenvalues_of_the_gram_matrix():
    x, a = unit_points(2, 12, 3), unit_points(3, 8, 3)
    values = singular_values_by_width(x, a, [relu()], [8])[0, 0]
    eigenvalues = np.linalg.eigvalsh(empirical_gram(x, a, relu()))[::-1]
    np.testing.assert_allclose(values**2, eigenvalues, atol=1e-15)
    np.testing.assert_array_equal(values[8:], 0)


def test_weights_may_be_drawn_on_the_way_and_blocks_do_not_matter():
    x, a = unit_points(0, 15, 3), unit_points(9, 90, 3)

    def drawing():
        rows = iter(a)
        return lambda count: np.array([next(rows) for _ in range(count)])

    reference = singular_values_by_width(x, a, [relu()], [30, 90])
    for block in (7, 30, 500):
        drawn = singular_values_by_width(x, drawing(), [relu()], [30, 90], block=block)
        np.testing.assert_allclose(drawn, reference, rtol=1e-10, atol=1e-15)


def test_activations_may_share_work():
    x, a = unit_points(0, 10, 3), unit_points(1, 50, 3)
    joint = singular_values_by_width(x, a, lambda z: wendland_pair(z, 3), [5, 50])
    np.testing.assert_allclose(
        joint, singular_values_by_width(x, a, [wendland(0, 3), wendland(2, 3)], [5, 50]), rtol=1e-9
    )


def test_a_single_activation_and_an_activation_that_returns_its_argument():
    x, a = unit_points(0, 10, 3), unit_points(1, 50, 3)
    np.testing.assert_array_equal(
        singular_values_by_width(x, a, relu(), [50]), singular_values_by_width(x, a, [relu()], [50])
    )
    # The block is overwritten by LAPACK: features that share memory must not spoil each other.
    shared = singular_values_by_width(x, a, lambda z: [z, z], [20, 50], block=10)
    np.testing.assert_array_equal(shared[0], shared[1])
    np.testing.assert_allclose(shared[0, 1], plain(x, a, lambda z: z, 50), atol=1e-15)


def test_small_singular_values_survive_where_squaring_loses_them():
    # Features with singular values 1, ..., 1e-12: the condition number of the Gram matrix is 1e24.
    rng = np.random.default_rng(0)
    u, v = np.linalg.qr(rng.standard_normal((8, 8)))[0], np.linalg.qr(rng.standard_normal((200, 8)))[0]
    sigma = np.logspace(0, -12, 8)
    z = (u * sigma) @ v.T
    found = singular_values_by_width(u, (v * sigma), [lambda p: p], [200], block=50)
    np.testing.assert_allclose(found[0, 0] * np.sqrt(200), sigma, rtol=1e-3)
    assert condition_number(found[0, 0]) == pytest.approx(1e24, rel=1e-2)
    squared = np.linalg.eigvalsh(z @ z.T)
    assert abs(squared[0]) > 1e6 * 1e-24  # the eigenvalue of the product is rounding


def test_relu_is_numerically_singular_on_the_cube_and_wendland_is_not():
    x = np.vstack([cube()[0], unit_points(0, 22, 3)])
    widths = [60, 150, 300]
    spectra = singular_values_by_width(x, unit_points(1, 300, 3), [relu(), wendland(0, 3)], widths)
    assert is_numerically_singular(condition_number(spectra[0])).all()
    assert not is_numerically_singular(condition_number(spectra[1])).any()
    np.testing.assert_array_equal(numerical_rank(spectra[0]), [29, 29, 29])
    assert numerical_rank(spectra[1])[-1] == 30


def test_rank_grows_with_the_width_up_to_the_number_of_points():
    x = unit_points(5, 25, 3)
    spectra = singular_values_by_width(x, unit_points(6, 100, 3), [wendland(0, 3)], [5, 24, 25, 100])
    np.testing.assert_array_equal(numerical_rank(spectra[0]), [5, 24, 25, 25])


def test_condition_numbers_of_simple_spectra():
    np.testing.assert_allclose(condition_number([[2, 1], [1, 3], [1, 1]]), [4, 9, 1])
    assert condition_number([1, 0]) == np.inf
    assert condition_number([0, 0]) == np.inf
    assert condition_number([1e200, 1e-200]) == np.inf
    assert condition_number([7.0]) == 1


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6), st.floats(1e-3, 1e3))
def test_condition_number_does_not_change_with_the_scale(values, scale):
    kappa = condition_number(values)
    np.testing.assert_allclose(condition_number(np.array(values) * scale), kappa, rtol=1e-12)
    assert gram_condition_number(np.diag(np.square(values))) == pytest.approx(float(kappa), rel=1e-9)


def test_gram_condition_number_of_a_singular_matrix_is_at_the_limit():
    x, _ = cube()
    gram = empirical_gram(x, unit_points(0, 100, 3), relu())
    assert gram_condition_number(gram) > 1e15
    assert gram_condition_number(np.zeros((2, 2))) == np.inf


def test_rank_of_simple_spectra():
    assert numerical_rank([1, 1e-3, 1e-20]) == 2
    assert numerical_rank([1, 1e-3, 1e-20], 1e-2) == 1
    assert numerical_rank([0, 0]) == 0
    np.testing.assert_array_equal(
        is_numerically_singular([1, 1e15, NUMERICALLY_SINGULAR, np.inf]), [0, 0, 1, 1]
    )


@given(bad_points())
def test_bad_points_and_weights_are_refused(bad):
    x = unit_points(0, 3, 2)
    for call in (
        lambda: singular_values_by_width(bad, unit_points(0, 9, 5), [relu()], [9]),
        lambda: singular_values_by_width(x, bad, [relu()], [1]),
        lambda: singular_values_by_width(x, lambda count: bad, [relu()], [9]),
        lambda: gram_condition_number(bad),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()


@given(bad_counts())
@settings(deadline=None)
def test_bad_widths_and_blocks_are_refused(count):
    with pytest.raises((TypeError, ValueError), match="widths"):
        singular_values_by_width(np.eye(2), np.eye(2), [relu()], [count])
    with pytest.raises((TypeError, ValueError), match="block"):
        singular_values_by_width(np.eye(2), np.eye(2), [relu()], [1], block=count)


@pytest.mark.parametrize(
    ("weights", "activations", "widths", "message"),
    [
        (np.eye(2), [], [1], "at least one activation"),
        (np.eye(2), lambda z: [], [1], "at least one activation"),
        (np.eye(2), "relu", [1], "must be callable"),
        (np.eye(2), 3, [1], "must be callable"),
        (np.eye(2), [3], [1], "must be callable"),
        (np.eye(2), [lambda z: z[0]], [1], "entrywise"),
        (np.eye(2), lambda z: [z * np.nan], [1], "NaN or infinity"),
        (np.eye(2), [relu()], [1, 3], "ask for 3 neurons"),
        (np.eye(2), [relu()], [2, 1], "increasing"),
        (np.eye(2), [relu()], [], "at least one"),
        (lambda count: np.ones((1, 2)), [relu()], [2], "must return 2 neurons"),
    ],
)
def test_bad_arguments_are_refused(weights, activations, widths, message):
    with pytest.raises((TypeError, ValueError), match=message):
        singular_values_by_width(np.eye(2), weights, activations, widths)


@pytest.mark.parametrize("values", [[], 1.0, [-1.0], [np.nan], [np.inf], ["a"], [1j]])
def test_bad_singular_values_are_refused(values):
    for function in (as_singular_values, condition_number, numerical_rank):
        with pytest.raises((TypeError, ValueError), match="singular_values"):
            function(values)


@given(bad_positive())
def test_bad_tolerances_and_thresholds_are_refused(value):
    with pytest.raises((TypeError, ValueError), match="threshold"):
        is_numerically_singular([2.0], value)
    if value is not None:
        with pytest.raises((TypeError, ValueError), match="relative_tolerance"):
            numerical_rank([1.0], value)


@pytest.mark.parametrize("kappa", [0.5, np.nan, [2, -1], "a", [1j]])
def test_bad_condition_numbers_are_refused(kappa):
    with pytest.raises((TypeError, ValueError), match="kappa"):
        is_numerically_singular(kappa)


def test_matrices_that_are_not_gram_matrices_are_refused():
    with pytest.raises(ValueError, match="square"):
        gram_condition_number(np.ones((2, 3)))
    with pytest.raises(ValueError, match="symmetric"):
        gram_condition_number([[1, 2], [0, 1]])
