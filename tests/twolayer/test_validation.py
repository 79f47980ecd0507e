"""Every check lets good values through unchanged and refuses bad ones with a message that names them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twolayer.validation import (
    as_generator,
    as_labels,
    as_points,
    finite_array,
    positive_integer,
    positive_number,
    real_number,
)

finite = st.floats(-1e300, 1e300)
not_finite = st.sampled_from([np.nan, np.inf, -np.inf])


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0), elements=finite))
def test_finite_array_returns_finite_input_itself(array):
    assert finite_array(array) is array


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3), elements=finite), not_finite, st.data())
def test_finite_array_names_the_first_bad_entry(array, bad, data):
    index = tuple(data.draw(st.integers(0, side - 1)) for side in array.shape)
    array[index] = bad
    with pytest.raises(ValueError, match="weights has 1 entries that are NaN or infinite") as caught:
        finite_array(array, "weights")
    assert str(index) in str(caught.value)


@pytest.mark.parametrize("bad", ["text", [1j], [True], [None], [["a"]], {"a": 1}])
def test_finite_array_refuses_what_is_not_real_numbers(bad):
    with pytest.raises(TypeError, match="x must hold real numbers"):
        finite_array(bad)


def test_finite_array_refuses_ragged_rows_and_integers_beyond_float():
    with pytest.raises(ValueError, match="ragged"):
        finite_array([[1.0, 2.0], [3.0]])
    assert finite_array([1, 2]).dtype == np.float64
    assert finite_array(np.float32([1.5]))[0] == 1.5
    with pytest.raises(TypeError):
        finite_array([10**400])


@given(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
def test_as_points_takes_exactly_the_non_empty_matrices(shape):
    x = np.ones(shape)
    if len(shape) == 2 and 0 not in shape:
        assert as_points(x) is x
    else:
        with pytest.raises(ValueError, match="points"):
            as_points(x, name="points")


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32), st.floats(1e-7, 1e3))
def test_as_points_unit_refuses_a_row_off_the_sphere(n, d, seed, excess):
    x = np.random.default_rng(seed).normal(size=(n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    assert as_points(x, unit=True) is x
    x[n - 1] *= 1 + excess
    with pytest.raises(ValueError, match=f"row {n - 1} has norm"):
        as_points(x, unit=True)


def test_as_points_unit_measures_huge_and_zero_rows_without_overflow():
    with pytest.raises(ValueError, match=r"row 0 has norm 1\.41421356e\+300"):
        as_points([[1e300, 1e300]], unit=True)
    with pytest.raises(ValueError, match="row 1 has norm 0"):
        as_points([[1.0, 0.0], [0.0, 0.0]], unit=True)


@given(st.integers(0, 4), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
def test_as_labels_takes_exactly_the_vectors_of_length_n(n, shape):
    if shape == (n,):
        assert as_labels(np.zeros(shape), n).shape == shape
    else:
        with pytest.raises(ValueError, match=f"each of the {n} points"):
            as_labels(np.zeros(shape), n)


@given(st.integers(-(10**30), 0))
def test_positive_integer_refuses_less_than_one(value):
    with pytest.raises(ValueError, match=f"width must be at least 1, got {value}"):
        positive_integer(value, "width")


@given(st.one_of(st.floats(), st.booleans(), st.text(), st.none(), st.lists(st.integers())))
def test_positive_integer_refuses_other_types(value):
    with pytest.raises(TypeError, match="width must be an integer"):
        positive_integer(value, "width")


def test_positive_integer_takes_numpy_integers_and_a_minimum():
    value = positive_integer(np.int32(3), "dimension", minimum=3)
    assert value == 3
    assert type(value) is int
    with pytest.raises(ValueError, match="dimension must be at least 3, got 2"):
        positive_integer(2, "dimension", minimum=3)


@given(st.one_of(st.floats(max_value=0.0), st.integers(max_value=0), not_finite))
def test_positive_number_refuses_the_rest_of_the_line(value):
    with pytest.raises(ValueError, match="zeta must be"):
        positive_number(value, "zeta")


@given(
    st.one_of(st.booleans(), st.text(), st.none(), st.lists(st.floats()), st.just(1j), st.just(np.ones(1)))
)
def test_positive_number_refuses_other_types(value):
    with pytest.raises(TypeError, match="zeta must be one real number"):
        positive_number(value, "zeta")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_real_number_returns_every_finite_number(value):
    assert real_number(value, "bias") == value
    assert real_number(np.array(value), "bias") == value


def test_numbers_from_integers_of_any_size():
    assert real_number(-(10**30), "bias") == -1e30
    with pytest.raises(ValueError, match="zeta must be greater than zero"):
        positive_number(-(10**30), "zeta")
    with pytest.raises(ValueError, match="zeta must be finite"):
        positive_number(10**400, "zeta")


@pytest.mark.parametrize("bad", [None, 0, np.random, np.random.RandomState(0)])
def test_as_generator_refuses_seeds_and_global_state(bad):
    with pytest.raises(TypeError, match=r"numpy.random.default_rng\(seed\)"):
        as_generator(bad)


def test_as_generator_returns_the_generator():
    rng = np.random.default_rng(0)
    assert as_generator(rng) is rng
