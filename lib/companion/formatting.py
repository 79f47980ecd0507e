"""Numbers and tables as text: what a page shows is formatted here, never typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from numbers import Integral, Real

import pandas as pd


def number(value: float, digits: int = 3) -> str:
    r"""Return a number as MyST: plain where short, else :math:`a \times 10^{b}`; infinities by name.

    Parameters
    ----------
    value : float or int
        The number. Integers below a million are written out.
    digits : int
        Significant digits.

    Raises
    ------
    TypeError
        For anything but a real number, truth values included.
    ValueError
        For NaN, or fewer than one digit.
    """
    if digits < 1:
        raise ValueError(f"digits = {digits!r}: a number is shown with one significant digit at least")
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"number() formats a real number, got {value!r}")
    value = int(value) if isinstance(value, Integral) else float(value)
    if isinstance(value, int) and abs(value) < 1_000_000:
        return _grouped(value, 0)
    exact = Decimal(value)  # an integer may lie beyond the range of floats
    if exact.is_nan():
        raise ValueError("NaN reached the page; settle why before formatting it")
    if exact.is_infinite():
        return r"$\infty$" if value > 0 else r"$-\infty$"
    if value == 0:
        return "0"
    mantissa, exponent = f"{exact:.{digits - 1}e}".split("e")
    exponent = int(exponent)
    if -4 < exponent < 5:
        return _grouped(value, max(digits - 1 - exponent, 0))
    power = rf"10^{{{exponent}}}"
    return f"${power}$" if float(mantissa) == 1 and digits == 1 else rf"${mantissa}\times {power}$"


def _grouped(value: float, decimals: int) -> str:
    """Return a number written out, with a minus sign and, from five digits on, thin spaces between thousands."""
    separator = "," if abs(value) >= 10_000 else ""
    return f"{value:{separator}.{decimals}f}".replace(",", "\u202f").replace("-", "\u2212")


def interval(low: float, high: float, digits: int = 3) -> str:
    """Return an interval ``[low, high]`` as MyST."""
    return f"[{number(low, digits)}, {number(high, digits)}]"


def _cell(value, formatter: Callable | None, digits: int) -> str:
    if formatter is not None:
        return str(formatter(value))
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return "–"
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    return number(value, digits)


def one_line(text: str) -> str:
    """Return a text on one line; spaces that must not break, such as those between thousands, stay what they are."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def list_table(
    table: pd.DataFrame,
    *,
    name: str,
    caption: str,
    formats: Mapping[str, Callable] | None = None,
    digits: int = 3,
) -> str:
    """Return a MyST ``list-table`` with a number, a caption and a label.

    Parameters
    ----------
    table : DataFrame
        The index is not shown. A missing value is shown as a dash.
    name : str
        Label for cross-references, ``tab-...``.
    caption : str
        The caption (MyST).
    formats : mapping of column to function, optional
        How to write a column's values.
    digits : int
        Significant digits of the other columns.
    """
    if table.empty:
        raise ValueError(f"table {name}: there is no row to show")
    unknown = set(formats or {}) - set(table.columns)
    if unknown:
        raise ValueError(
            f"table {name}: formats for unknown columns {sorted(unknown)}; it has {list(table.columns)}"
        )
    lines = [f"::::{{list-table}} {one_line(caption)}", f":name: {name}", ":header-rows: 1", ""]
    rows = [[str(c) for c in table.columns]]
    for record in table.itertuples(index=False, name=None):
        rows.append(
            [_cell(v, (formats or {}).get(c), digits) for c, v in zip(table.columns, record, strict=True)]
        )
    for row in rows:
        for i, text in enumerate(row):
            lines.append(f"{'* -' if i == 0 else '  -'} {one_line(text)}")
    return "\n".join([*lines, "::::"])
