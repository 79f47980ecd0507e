"""Studies and cells: what is refused, and what a key means."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.study import Study, Tolerance, cell_fields, cell_key, validate_cells


@dataclass(frozen=True)
class Plain:
    width: int = 3
    rate: float = 0.5
    name: str = "relu"
    flag: bool = True


@dataclass
class Thawed:
    width: int = 3


@dataclass(frozen=True)
class Anything:
    value: object


def compute(cell):
    return [{"value": 1.0}]


def cells(scale):
    return [Plain()]


def study(**changes):
    return Study(
        **{"name": "paper/study", "description": "A study.", "compute": compute, "cells": cells} | changes
    )


def test_key_is_a_digest_that_never_changes():
    # Golden: a key names files on disk, so another value would orphan every stored cell.
    assert cell_key(Plain()) == "95c3f9dfcd39ccbb"
    code = "import test_study; print(test_study.cell_key(test_study.Plain()))"
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(__file__.rsplit('/', 1)[0])!r}); {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == cell_key(Plain())


def test_key_tells_types_apart():
    assert len({cell_key(Anything(value)) for value in (1, 1.0, True, "1", float("inf"))}) == 5


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.text(), st.booleans()))
def test_any_plain_scalar_has_a_key(value):
    assert cell_key(Anything(value)) == cell_key(Anything(value))
    assert cell_fields(Anything(value)) == {"value": value}


@pytest.mark.parametrize("value", [None, [1], (1,), np.float64(1), np.int64(1), np.zeros(2), {"a": 1}, b"x"])
def test_other_values_are_refused_by_name(value):
    with pytest.raises(TypeError, match="field 'value' must be a plain bool, int, float or str"):
        cell_key(Anything(value))


def test_nan_and_thawed_cells_are_refused():
    with pytest.raises(ValueError, match="field 'value' is NaN"):
        cell_key(Anything(float("nan")))
    with pytest.raises(TypeError, match="frozen dataclass"):
        cell_key(Thawed())


@pytest.mark.parametrize(
    ("bad", "error", "text"),
    [
        ([], ValueError, "no cells"),
        ([Plain(), Plain(4), Plain()], ValueError, "cells 0 and 2 are equal .width=3"),
        ([Plain(), Anything(1)], TypeError, "Plain and Anything"),
        ([Anything(1), Anything([])], TypeError, "cell 1: .* field 'value'"),
    ],
)
def test_lists_of_cells_are_checked(bad, error, text):
    with pytest.raises(error, match=text):
        validate_cells(bad)


def test_cells_of_an_unknown_scale():
    with pytest.raises(ValueError, match="unknown scale 'large'; it is one of quick, paper"):
        study().cell_list("large")
    assert study().cell_list("quick") == [Plain()]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "NoSlash", ValueError),
        ("name", "../escape", ValueError),
        ("description", " ", ValueError),
        ("compute", 3, TypeError),
        ("cells", [Plain()], TypeError),
        ("inputs", "paper/other", TypeError),
        ("unaudited", [1], TypeError),
        ("tolerances", {"value": 1e-3}, TypeError),
        ("timeout", 0, ValueError),
    ],
)
def test_bad_fields_of_a_study_are_named(field, value, error):
    with pytest.raises(error, match=field):
        study(**{field: value})


@pytest.mark.parametrize("bad", [{"rtol": -1.0}, {"atol": float("nan")}, {"rtol": float("inf")}])
def test_bad_tolerances_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        Tolerance(**bad)


@pytest.mark.parametrize(
    ("tolerance", "archived", "recomputed", "scale", "agrees"),
    [
        (Tolerance(1e-3), 1000.0, 1000.9, 1.0, True),
        (Tolerance(1e-3), 1000.0, 1001.1, 1.0, False),
        (Tolerance(0, 1e-12), 1e-20, 5e-9, 1e4, True),
        (Tolerance(0, 1e-12), 1e-20, 5e-8, 1e4, False),
        (Tolerance(), float("nan"), float("nan"), 1.0, True),
        (Tolerance(), float("nan"), 0.0, 1.0, False),
        (Tolerance(), float("inf"), float("inf"), 1.0, True),
        (Tolerance(0.5), float("inf"), 1e308, 1.0, False),
        (Tolerance(0.5), float("inf"), float("-inf"), 1.0, False),
        (Tolerance(), 3, 4, 1.0, False),
        (Tolerance(0.1), 30, 33, 1.0, True),
        (Tolerance(0.1), 30, 34, 1.0, False),
        (Tolerance(0.0, 2.0), 3, 6, 1.0, False),
        (Tolerance(0.5, 5.0), True, 1, 1.0, False),
        (Tolerance(), "NA", "NA", 1.0, True),
    ],
)
def test_agreement(tolerance, archived, recomputed, scale, agrees):
    assert tolerance.agrees(archived, recomputed, scale) is agrees
