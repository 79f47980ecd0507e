"""The recipes that turn real data into points on the sphere, and the reader of IDX files."""

import contextlib
import gzip
import struct

import numpy as np
import pytest
from faraway.datasets import prostate
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twolayer.initialisation import sphere_points
from twolayer.preprocessing import (
    append_bias,
    correct_prostate_row,
    parse_idx,
    principal_component_points,
    standardise_and_normalise,
)


def generator(seed=0):
    return np.random.default_rng(seed)


@given(st.integers(3, 9), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([-600, -1, 0, 7, 600]))
def test_standardised_rows_are_unit_and_ignore_units_of_measurement(n, d, seed, exponent):
    features = generator(seed).normal(size=(n, d))
    points = standardise_and_normalise(features)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, rtol=1e-14)
    # Powers of two only change exponents, so that not even rounding differs.
    np.testing.assert_array_equal(standardise_and_normalise(features * 2.0**exponent), points)


def test_prostate_recipe_on_the_real_data():
    raw = prostate.load().to_numpy(dtype=float)[:, :8]
    corrected = correct_prostate_row(raw)
    assert raw[31, 1] == pytest.approx(6.1076, abs=1e-9)
    assert corrected[31, 1] == 3.804438
    assert (corrected != raw).sum() == 1
    np.testing.assert_array_equal(correct_prostate_row(corrected), corrected)
    x = standardise_and_normalise(corrected)
    assert x.shape == (97, 8)
    by_hand = (corrected - corrected.mean(0)) / corrected.std(0, ddof=1)
    by_hand /= np.linalg.norm(by_hand, axis=1)[:, None]
    np.testing.assert_allclose(x, by_hand, rtol=1e-11, atol=1e-13)
    for wrong in (raw[:96], raw[:, ::-1], raw[:, :7], np.ones((97, 8))):
        with pytest.raises(ValueError, match="97 x 8 prostate data"):
            correct_prostate_row(wrong)


def test_constant_columns_and_rows_without_direction_are_named():
    with pytest.raises(ValueError, match="column 1 of features is constant"):
        standardise_and_normalise([[1.0, 0.1], [2.0, 0.1], [3.5, 0.1]])
    with pytest.raises(ValueError, match="row 1 is zero after standardisation"):
        standardise_and_normalise([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    with pytest.raises(ValueError, match="row 0 is zero after projection"):
        principal_component_points([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]], 1, centred=False)


@pytest.mark.parametrize("centred", [True, False])
def test_principal_components_diagonalise_the_covariance(centred):
    features = generator(3).normal(size=(60, 12)) * np.arange(12, 0, -1) + 4
    points = principal_component_points(features, 5, centred)
    z = features - features.mean(0) if centred else features
    values, vectors = np.linalg.eigh(z.T @ z)  # the slow reference
    vectors = vectors[:, ::-1][:, :5]
    vectors *= np.sign(vectors[np.abs(vectors).argmax(0), np.arange(5)])
    expected = z @ vectors
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(points, expected, atol=1e-11)
    assert values[-1] > values[0]
    np.testing.assert_allclose(principal_component_points(1e250 * features, 5, centred), points, atol=1e-11)
    # The order of the points does not matter, nor does the sign that a decomposition happens to return.
    shuffled = principal_component_points(features[::-1], 5, centred)
    np.testing.assert_allclose(shuffled[::-1], points, atol=1e-11)


def test_principal_components_beyond_the_rank_are_refused():
    features = np.outer(np.arange(1.0, 7.0), [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="features have 1 principal components of nonzero variance"):
        principal_component_points(features, 2)
    with pytest.raises(ValueError, match="features have 0 principal"):
        principal_component_points(np.ones((4, 3)), 1)
    with pytest.raises(TypeError, match="centred must be True or False"):
        principal_component_points(features, 1, centred="no")


RECIPES = [
    standardise_and_normalise,
    principal_component_points,
    correct_prostate_row,
    lambda x: append_bias(x, 1.0),
]


@given(st.sampled_from(RECIPES), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), st.data())
def test_recipes_refuse_bad_arrays(recipe, shape, data):
    features = generator().normal(size=shape)
    if len(shape) != 2 or 0 in shape:
        with pytest.raises(ValueError, match=r"must (have shape|hold at least)"):
            recipe(features)
        return
    features.flat[data.draw(st.integers(0, features.size - 1))] = data.draw(st.sampled_from([np.nan, np.inf]))
    with pytest.raises(ValueError, match="NaN or infinite"):
        recipe(features)
    with pytest.raises(TypeError, match="must hold real numbers"):
        recipe(features.astype(str))


@given(st.floats(-1e300, 1e300), st.integers(1, 6), st.integers(1, 4))
def test_append_bias_stays_on_the_sphere(b, n, d):
    x = sphere_points(generator(n), n, d)
    lifted = append_bias(x, b)
    assert lifted.shape == (n, d + 1)
    np.testing.assert_allclose(np.linalg.norm(lifted, axis=1), 1, rtol=1e-14)
    if 1e-100 < abs(b) < 1e100:
        np.testing.assert_allclose(lifted[:, -1] / lifted[:, 0], b / x[:, 0], rtol=1e-13)
    with pytest.raises(ValueError, match="rows of norm 1"):
        append_bias(2 * x, b)
    with pytest.raises(ValueError, match="b must be finite"):
        append_bias(x, np.nan)
    with pytest.raises(TypeError, match="b must be one real number"):
        append_bias(x, x)


def to_idx(array):
    codes = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
    header = bytes([0, 0, codes[array.dtype.str[1:]], array.ndim]) + struct.pack(
        f">{array.ndim}I", *array.shape
    )
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


idx_arrays = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).flatmap(
    lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
)


@given(idx_arrays)
def test_idx_round_trip(array):
    parsed = parse_idx(to_idx(array))
    assert parsed.dtype == array.dtype
    np.testing.assert_array_equal(parsed, array)
    assert parsed.flags.writeable


@given(idx_arrays, st.data())
def test_damaged_idx_is_refused(array, data):
    whole = to_idx(array)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match=r"too short|cut off"):
        parse_idx(whole[:cut])
    with pytest.raises(ValueError, match="bytes to spare"):
        parse_idx(whole + b"\0")
    place = data.draw(st.integers(0, 1))
    damaged = bytearray(whole)
    damaged[place] = data.draw(st.integers(1, 255))
    if damaged[:2] != b"\x1f\x8b":
        with pytest.raises(ValueError, match="do not begin with an IDX header: got the bytes"):
            parse_idx(bytes(damaged))


def test_idx_of_other_kinds_is_refused():
    with pytest.raises(ValueError, match=r"pass gzip.decompress\(data\)"):
        parse_idx(gzip.compress(to_idx(np.zeros(3))))
    with pytest.raises(TypeError, match="data must be bytes, got str"):
        parse_idx("00000803")
    for header in (b"\0\0\x07\1", b"\0\0\x08\0"):
        with pytest.raises(ValueError, match="do not begin with an IDX header"):
            parse_idx(header + bytes(8))
    with pytest.raises(ValueError, match="cut off: the IDX header states the shape"):
        parse_idx(b"\0\0\x08\3" + b"\xff" * 12)


@given(st.binary(max_size=40))
def test_any_bytes_are_parsed_or_refused(data):
    with contextlib.suppress(ValueError):
        assert parse_idx(data).nbytes <= len(data)
