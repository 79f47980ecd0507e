"""Numbers and tables as text."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.formatting import interval, list_table, number

MINUS, THIN = "\u2212", "\u202f"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 3, "0"),
        (0.0, 3, "0"),
        (-0.0, 3, "0"),
        (7, 1, "7"),
        (-7, 3, f"{MINUS}7"),
        (9999, 3, "9999"),
        (10_000, 3, f"10{THIN}000"),
        (-999_999, 3, f"{MINUS}999{THIN}999"),
        (1_000_000, 3, r"$1.00\times 10^{6}$"),
        pytest.param(10**400, 3, r"$1.00\times 10^{400}$", id="huge"),
        pytest.param(-(10**400), 2, r"$-1.0\times 10^{400}$", id="huge"),
        (1.0, 3, "1.00"),
        (0.5, 1, "0.5"),
        (-1.25, 2, f"{MINUS}1.2"),  # halves go to even, as in all of Python
        (0.001, 3, "0.00100"),
        (0.0009994, 3, r"$9.99\times 10^{-4}$"),
        (0.0009996, 3, "0.00100"),
        (9.996, 3, "10.0"),
        (12345.6, 3, f"12{THIN}346"),
        (99_999.0, 3, r"$1.00\times 10^{5}$"),
        (1e5, 1, "$10^{5}$"),
        (-1e5, 1, r"$-1\times 10^{5}$"),
        (1.6e-16, 2, r"$1.6\times 10^{-16}$"),
        (5e-324, 3, r"$4.94\times 10^{-324}$"),
        (float("inf"), 3, r"$\infty$"),
        (-float("inf"), 3, r"$-\infty$"),
        (np.float32(0.25), 3, "0.250"),
        (np.int64(12), 3, "12"),
        (Fraction(1, 3), 3, "0.333"),
    ],
)
def test_numbers(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize("value", [True, np.True_, "1", None, 1j, [1.0]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match="formats a real number"):
        number(value)


def test_nan_and_no_digits_are_refused():
    with pytest.raises(ValueError, match="NaN reached the page"):
        number(float("nan"))
    with pytest.raises(ValueError, match="digits = 0"):
        number(1.5, 0)


def read_back(text):
    plain = text.strip("$").replace(MINUS, "-").replace(THIN, "").replace(r"\times ", "")
    mantissa, _, exponent = plain.partition("10^{") if "^" in plain else (plain, "", "")
    return float(mantissa or 1) * 10.0 ** int(exponent.rstrip("}") or 0)


@given(st.floats(min_value=1e-290, max_value=1e290), st.integers(1, 8), st.sampled_from([1, -1]))
def test_a_shown_number_is_right_to_its_digits(value, digits, sign):
    """Half a unit of the last digit, and rounding in reading back."""
    shown = read_back(number(sign * value, digits))
    assert math.isclose(shown, sign * value, rel_tol=0.5 * 10.0 ** (1 - digits) * (1 + 1e-9) + 1e-12)


def test_an_interval():
    assert interval(-0.5, 1e-9, 2) == rf"[{MINUS}0.50, $1.0\times 10^{{-9}}$]"


TABLE = pd.DataFrame(
    {
        "name": ["plain", "two\n words", None],
        "count": [1, 20_000, -3],
        "value": [0.5, np.nan, 1e-12],
        "good": [True, False, True],
    }
)


def test_a_table_in_full():
    text = list_table(TABLE, name="tab-one", caption="All\n  of it.", formats={"count": "{:d} times".format})
    assert text.splitlines() == [
        "::::{list-table} All of it.",
        ":name: tab-one",
        ":header-rows: 1",
        "",
        *("* - name", "  - count", "  - value", "  - good"),
        *("* - plain", "  - 1 times", "  - 0.500", "  - yes"),
        *("* - two words", "  - 20000 times", "  - –", "  - no"),
        *("* - –", "  - -3 times", r"  - $1.00\times 10^{-12}$", "  - yes"),
        "::::",
    ]


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_every_kind_of_missing_value_is_a_dash(missing):
    table = pd.DataFrame({"x": pd.Series([missing], dtype=object)})
    assert list_table(table, name="tab-x", caption="c").splitlines()[-2] == "* - –"


def test_an_empty_table_and_a_format_without_column_are_refused():
    with pytest.raises(ValueError, match="tab-none: there is no row"):
        list_table(TABLE.head(0), name="tab-none", caption="c")
    with pytest.raises(ValueError, match=r"unknown columns \['size'\]"):
        list_table(TABLE, name="tab-one", caption="c", formats={"size": str})


def test_thousands_stay_together_in_tables():
    table = list_table(
        pd.DataFrame({"trials": [10_000]}), name="tab-x", caption="Over\n  10\u202f000 trials."
    )
    assert table.count("10\u202f000") == 2
    assert "Over 10" in table
