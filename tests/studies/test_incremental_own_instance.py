"""What a reader may paste into the page on their own staircase, and what is refused, with which words."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studies.incremental import own_table
from studies.incremental.own_instance import LARGEST, own_instance, refusal
from studies.incremental.own_table import nearest_orthonormal, read_table

SQUARE = np.array([[0.6, 0.8, 0.0], [0.8, -0.6, 0.0]])


@pytest.mark.parametrize(
    "labels",
    ["2 -1.3 0.5", "2,-1.3,0.5", "2; -1.3;\n0.5", "(2, -1.3, 0.5)", "[2,-1.3, .5]", [2, -1.3, 0.5], (2, "-1.3", 0.5),
     np.array([2, -1.3, 0.5]), "'2' '-1.3' \"5e-1\"", "\t2\r\n-1.3\r\n0.5\r\n"],
)  # fmt: skip
def test_all_ways_to_write_labels_are_the_same(labels):
    assert own_instance(labels).y.tolist() == [2.0, -1.3, 0.5]


@pytest.mark.parametrize("labels", [3, 3.0, "3", "3.0", (3,), [3]])
def test_one_label(labels):
    instance = own_instance(labels, neurons=1)
    assert instance.y.tolist() == [3.0]
    assert np.abs(instance.directions).tolist() == [[1.0]]


def test_a_mask_and_the_signs_that_it_implies():
    instance = own_instance("1 -1 2 0", mask="1010,0100,0001")
    assert instance.signs.tolist() == [1.0, -1.0, 1.0]
    assert instance.active.astype(int).tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    assert instance.mask[2].sum() == 0
    # On a command line 10, 1 arrives as two numbers, and 00 as zero.
    assert own_instance("1 2", mask="(10, 11)").active.tolist() == [[True, False], [True, True]]
    assert own_instance("1 2", mask=(10, 0)).active.tolist() == [[True, False], [False, False]]
    assert own_instance(5, mask=1).active.tolist() == [[True]]


@pytest.mark.parametrize(
    "signs", ["+-", "+ -", "+,-", "1 -1", "(1, -1)", [1, -1], ["+", "-"], [1.0, "-1"], "+−"]
)
def test_all_ways_to_write_signs_are_the_same(signs):
    assert own_instance("1 -1 1", mask="110 011", signs=signs).signs.tolist() == [1.0, -1.0]


@pytest.mark.parametrize(
    "directions", ["3 4; 0 -2", "[[3, 4], [0, -2]]", [[3, 4], [0, -2]], ["3 4", "0 -2"], "((3,4),(0,-2))"]
)
def test_all_ways_to_write_directions_are_the_same(directions):
    instance = own_instance("1 2", directions=directions, signs="++")
    np.testing.assert_allclose(instance.directions, [[0.6, 0.8], [0, -1]])


def test_directions_may_have_any_length():
    for size in (1e-300, 1e300):
        instance = own_instance("1 2", directions=[[3 * size, 4 * size]])
        np.testing.assert_allclose(instance.directions, [[0.6, 0.8]])


def test_what_is_drawn_depends_on_the_seed_only():
    first, again, other = (own_instance("1 -1 2", seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.directions, again.directions)
    assert not np.array_equal(first.directions, other.directions)
    np.testing.assert_allclose(np.linalg.norm(first.directions, axis=1), 1)
    # A mask decides who is active, whatever the seed.
    masks = [own_instance("1 -1 2", mask="101 010", seed=seed).active for seed in range(5)]
    assert all(np.array_equal(masks[0], mask) for mask in masks)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"labels": ""}, "labels is empty"),
        ({"labels": None}, "labels must be a text or a list"),
        ({"labels": True}, "labels must be a text or a list"),
        ({"labels": {1: 2}}, "labels must be a text or a list"),
        ({"labels": "1 two"}, "entry 1: 'two' is not a number; write decimal points"),
        ({"labels": "1 nan"}, "entry 1 must be finite"),
        ({"labels": [1, float("inf")]}, "entry 1 must be finite"),
        ({"labels": [1, None]}, "entry 1 must be one real number"),
        ({"labels": [1, 2j]}, "entry 1 must be one real number"),
        ({"labels": [[1, 2]]}, "entry 0 must be one real number"),
        ({"labels": [10**400]}, "less than 1e308"),
        ({"labels": "0 0"}, "all labels are zero"),
        ({"labels": "1e200"}, "only quotients of labels matter"),
        ({"labels": "1e-200 0"}, "only quotients of labels matter"),
        ({"labels": "1 1e-8"}, "label 1 is 1e-08, less than 1e-06 of the largest"),
        ({"labels": "1 2", "mask": "101"}, "the row of neuron 0 is '101'; it must consist of 2"),
        ({"labels": "1 2", "mask": "10 12"}, "the row of neuron 1 is '12'"),
        ({"labels": "1 2", "mask": ""}, "mask is empty"),
        ({"labels": "1 2", "mask": [0.5]}, "must be a word of zeros and ones, got 0.5"),
        ({"labels": "1 2", "mask": [True]}, "must be a word of zeros and ones, got True"),
        ({"labels": "1 -2", "mask": "11"}, "its sign cannot be read off; give signs"),
        ({"labels": "1 2", "mask": "11", "directions": "1 1"}, "a mask or directions, not both"),
        ({"labels": "1 2", "mask": "11", "signs": "+-"}, "signs has 2 entries, but there are 1 neurons"),
        ({"labels": "1 2", "mask": "11", "signs": "2"}, "signs must be"),
        ({"labels": "1 2", "mask": "11", "signs": "plus"}, "'plus' is not a number"),
        ({"labels": "1 2", "directions": "1 2 3"}, "neuron 0 has 3 numbers, but it needs 2, one for each point"),
        ({"labels": "1 2", "directions": "0 0"}, "directions must not be zero, but that of neuron 0 is"),
        ({"labels": "1 2", "directions": "1 1; 0 0"}, "directions must not be zero, but that of neuron 1 is"),
        ({"labels": "1 2", "directions": 3}, "directions must be a list with a list"),
        ({"labels": "1 2", "directions": []}, "directions must be a list with a list"),
        ({"labels": "1 2", "directions": "1 x"}, "directions of neuron 0, entry 1: 'x' is not a number"),
        ({"labels": "1 2", "neurons": 0}, "neurons must be at least 1"),
        ({"labels": "1 2", "neurons": 2.5}, "neurons must be an integer"),
        ({"labels": "1 2", "neurons": True}, "neurons must be an integer"),
        ({"labels": "1 2", "seed": -1}, "seed must be at least 0"),
        ({"labels": "1 2", "seed": "x"}, "seed must be an integer"),
        ({"labels": "1 2", "neurons": LARGEST}, "too many for this page"),
        ({"labels": "1 2", "orthonormalise": "yes"}, "orthonormalise must be True or False"),
        ({"data": 3}, "data must be the path of a file"),
        ({"data": "no/such/file.csv"}, "data: no/such/file.csv does not exist; relative paths start"),
        ({"data": "book"}, "data: book is a folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_reason(values, words):
    with pytest.raises((FileNotFoundError, TypeError, ValueError), match=re.escape(words)):
        own_instance(**values)
    assert words in refusal(values)


def test_what_can_be_used_is_not_refused():
    assert refusal({"labels": "1 2"}) == "accepted"


def write(folder, text, name="points.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        "0.6,0.8,0,1.5\n0.8,-0.6,0,-2\n",
        "0.6,0.8,0,1.5\r\n0.8,-0.6,0,-2",
        '"0.6","0.8","0","1.5"\n"0.8","-0.6","0","-2"\n',
        "u,v,w,label\n0.6, 0.8, 0, 1.5\n0.8, -0.6, 0, -2\n",
        '"u","v","w","y"\r\n0.6;0.8;0;1.5\r\n0.8;-0.6;0;-2\r\n'.replace('","', '";"'),
        "0,6;0,8;0;1,5\n0,8;-0,6;0;-2\n",
        "0.6\t0.8\t0\t1.5\n\n0.8\t-0.6\t0\t-2\n\n",
        "  0.6  0.8 0   1.5\n# a remark\n0.8 -0.6 0 -2e0\n,,,\n",
        "\ufeff0.6,0.8,0,1.5\n0.8,-0.6,0,-2\n",
    ],
)
def test_all_ways_to_write_a_table_are_the_same(tmp_path, text):
    x, y, moved = read_table(write(tmp_path, text))
    np.testing.assert_array_equal(x, SQUARE)
    assert y.tolist() == [1.5, -2.0]
    assert moved == 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no line of numbers"),
        ("a,b\n", "holds no line of numbers"),
        ("1\n2\n", "has one column"),
        ("1,0,2\n0,1\n", "line 2 of points.csv has 2 entries, and line 1 has 3"),
        ("x,y,label\n1,0,2\n0,one,1\n", "line 3 of points.csv, column 2: 'one' is not a finite number"),
        ("1,0,2\n0,nan,1\n", "column 2: 'nan' is not a finite number"),
        ("1,0,2\n0,,1\n", "column 2: '' is not a finite number"),
        ("1,0,2\n1,1,1\n", "With orthonormalise=True this page takes those"),
        ("1,2\n1,3\n", "no more than 1 can be orthonormal"),
        ("1,0,0\n0,1,0\n", "all labels are zero"),
    ],
)
def test_tables_that_cannot_be_used_are_refused_with_the_place(tmp_path, text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        own_instance(data=write(tmp_path, text))


def test_other_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="not text in UTF-8"):
        read_table(write(tmp_path, "0.6,0.8,0,1.5 é", encoding="latin-1"))
    monkeypatch.setattr(own_table, "_BYTES", 3)
    with pytest.raises(ValueError, match="not a table of labels"):
        read_table(write(tmp_path, "1,2\n"))


def test_points_are_made_orthonormal_on_demand(tmp_path):
    path = write(tmp_path, "2,0.1,0,1\n0,3,0.2,-1\n")
    instance = own_instance(data=path, orthonormalise=True, neurons=4)
    assert instance.directions.shape == (4, 2)
    assert "made orthonormal, which moved one of them by 2" in instance.remarks[1]
    with pytest.raises(ValueError, match="span only 1 dimensions"):
        own_instance(data=write(tmp_path, "1,2,1\n2,4,1\n"), orthonormalise=True)
    with pytest.raises(ValueError, match="span only 2 dimensions"):
        own_instance(data=write(tmp_path, "1,2,1\n2,1,1\n1,1,3\n"), orthonormalise=True)
    with pytest.raises(ValueError, match="span only 0 dimensions"):
        own_instance(data=write(tmp_path, "0,0,1\n0,0,1\n"), orthonormalise=True)


def test_directions_of_a_file_are_those_of_its_inputs(tmp_path):
    path = write(tmp_path, "0.6,0.8,0,1.5\n0.8,-0.6,0,-2\n")
    instance = own_instance(data=path, directions="1 0 7; 0 1 0")
    expected = np.array([[0.6, 0.8], [0.8, -0.6]])
    np.testing.assert_allclose(instance.directions, expected)
    # A unit normal of length 7 beside a unit vector in the plane: 7 / sqrt(50) of the length.
    assert "up to 99 % of their length outside" in instance.remarks[-1]
    assert len(own_instance(data=path, directions="1 0 0; 0 1 0").remarks) == 1
    with pytest.raises(ValueError, match="it needs 3, one for each coordinate of the inputs"):
        own_instance(data=path, directions="1 0")
    with pytest.raises(ValueError, match="orthogonal to all points"):
        own_instance(data=path, directions="0 0 1")


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), more=st.integers(0, 4))
def test_nearest_orthonormal_points_are_orthonormal_and_stationary(seed, n, more):
    x = np.random.default_rng(seed).standard_normal((n, n + more))
    near = nearest_orthonormal(x)
    np.testing.assert_allclose(near @ near.T, np.eye(n), atol=1e-9)
    # Among orthonormal points near + t s near, with antisymmetric s, the distance is stationary.
    gram = x @ near.T
    np.testing.assert_allclose(gram, gram.T, atol=1e-9)


WORDS = st.text(alphabet="01x+-.,; \n'\"[](){}einfa#\u2212\u00e9", max_size=12)
ROWS = st.lists(st.lists(st.integers(-1, 1), max_size=3), max_size=3)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**6), st.floats(), WORDS, st.lists(WORDS, max_size=3),
    st.lists(st.floats(-3, 3), max_size=4), ROWS,
)  # fmt: skip


def made_or_refused(**values):
    """Return the instance, or None if the values are refused with a reason; anything else is an error."""
    reason = refusal(values)
    assert len(reason) > 7
    return own_instance(**values) if reason == "accepted" else None


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(labels=VALUES, mask=VALUES, signs=VALUES, directions=VALUES)
def test_whatever_is_pasted_gives_an_instance_or_a_reason(labels, mask, signs, directions):
    instance = made_or_refused(labels=labels, mask=mask, signs=signs, directions=directions, neurons=2)
    if instance is None:
        return
    m, n = instance.directions.shape
    assert instance.y.shape == (n,)
    assert np.isfinite(instance.directions).all()
    assert np.isin(instance.signs, (-1, 1)).all()
    assert instance.signs.shape == (m,)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=60), st.text(alphabet="01.,;- \t\n\r\"'#ax", max_size=40)))
def test_whatever_is_in_a_file_gives_an_instance_or_a_reason(tmp_path, text):
    path = tmp_path / "any.csv"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    for orthonormalise in (False, True):
        instance = made_or_refused(data=str(path), orthonormalise=orthonormalise, neurons=2)
        assert instance is None or instance.directions.shape == (2, instance.y.size)
