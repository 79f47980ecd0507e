"""Tables: every value survives the way to the disk and back."""

import math
import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion import table
from companion.rows import checked_rows


@dataclass(frozen=True)
class Cell:
    number: int


def one_column(values):
    return table.assemble([Cell(0)], [[{"value": value} for value in values]])


def round_trip(values):
    frame = one_column(values)
    back = table.from_csv_bytes(table.to_csv_bytes(frame), table.column_types(frame))
    assert table.to_csv_bytes(back) == table.to_csv_bytes(frame)
    return back["value"].tolist()


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1))
def test_floats_keep_every_bit(values):
    back = round_trip(values)
    assert [math.isnan(v) for v in back] == [math.isnan(v) for v in values]
    assert [v.hex() for v in back if v == v] == [v.hex() for v in values if v == v]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_stay_integers(values):
    back = round_trip(values)
    assert back == values
    assert all(type(v) is int for v in back)


@given(st.lists(st.booleans(), min_size=1))
def test_booleans_stay_booleans(values):
    assert round_trip(values) == values


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_strings_stay_strings(values):
    assert round_trip(values) == values


@pytest.mark.parametrize(
    "value", ["None", "NA", "nan", "", "1", "True", "a,b", 'say "x"', "two\nlines", "\r"]
)
def test_no_string_is_interpreted(value):
    assert round_trip([value, "other"]) == [value, "other"]


def test_integers_among_floats_become_floats_only_exactly():
    assert one_column([0, 0.5])["value"].tolist() == [0.0, 0.5]
    with pytest.raises(ValueError, match="not exactly a float"):
        one_column([2**53 + 1, 0.5])


@pytest.mark.parametrize("values", [[True, 1], ["a", 1.0], [True, 0.5]])
def test_mixed_columns_are_refused(values):
    with pytest.raises(TypeError, match="column 'value' mixes"):
        one_column(values)


def test_large_integers_are_refused():
    with pytest.raises(ValueError, match="64 bits"):
        one_column([2**63])


def test_cells_must_agree_about_the_columns():
    with pytest.raises(ValueError, match=r"cell \(number=1\) differs .* in the columns b"):
        table.assemble([Cell(0), Cell(1)], [[{"a": 1}], [{"a": 1, "b": 2}]])


def test_damaged_text_is_refused():
    types = {"a": "int", "b": "float"}
    for text, error in (
        (b"a,c\n1,2.0\n", "differ in b, c"),
        (b"b,a\n1,2.0\n", "their order"),
        (b"a,b\n1\n", "row 1 has 1 values for 2 columns"),
        (b"a,b\n1,x\n", "row 1, column 'b': 'x' is not float"),
        (b"a,b\n1.0,1.0\n", "row 1, column 'a': '1.0' is not int"),
    ):
        with pytest.raises(ValueError, match=error):
            table.from_csv_bytes(text, types)


def test_rows_are_made_plain():
    rows = checked_rows(
        Cell(0), [{"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(True), "d": np.array(2.0)}]
    )
    assert rows == [{"a": 0.5, "b": 3, "c": True, "d": 2.0}]
    assert [type(v) for v in rows[0].values()] == [float, int, bool, float]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([], "no row"),
        ({"a": 1}, "list of dictionaries"),
        (None, "list of dictionaries"),
        ([3], "must return dictionaries"),
        ([{}], "no columns"),
        ([{"number": 1}], "'number' is a field of the cell"),
        ([{"a": None}], "'a' must be a bool"),
        ([{"a": np.zeros(2)}], "'a' must be a bool"),
        ([{3: 1}], "column name"),
        ([{"a": float("nan")}], "'a' is NaN"),
        ([{"a": 1}, {"b": 1}], "row 1: columns differ from row 0 in a, b"),
    ],
)
def test_bad_rows_are_refused(rows, text):
    with pytest.raises((TypeError, ValueError), match=text):
        checked_rows(Cell(0), rows)


def test_declared_nan_is_welcome():
    rows = checked_rows(Cell(0), [{"a": float("nan")}], may_be_nan=("a",))
    assert math.isnan(rows[0]["a"])


def test_order_of_columns_in_a_row_does_not_matter():
    cells = [Cell(k) for k in range(5)]
    rows = [[{"a": k, "b": 0.5 * k}] for k in range(5)]
    shuffled = [
        [dict(random.Random(k).sample(sorted(row.items()), 2)) for row in some] for k, some in enumerate(rows)
    ]
    shuffled[0] = rows[0]
    assert table.to_csv_bytes(table.assemble(cells, rows)) == table.to_csv_bytes(
        table.assemble(cells, shuffled)
    )
