"""What a cell returns: rows of plain scalars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from companion.study import SCALAR_TYPES, cell_fields


def plain(value: Any) -> Any:
    """Return a numpy scalar or an array without axes as a Python scalar, anything else as it is."""
    if type(value) not in SCALAR_TYPES and getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    return value


def checked_rows(cell: Any, rows: Any, may_be_nan: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return what ``compute(cell)`` gave as dictionaries of plain scalars.

    Parameters
    ----------
    cell : cell
        Its fields may not appear among the columns.
    rows : sequence of mappings
        At least one; all with the same columns.
    may_be_nan : iterable of str
        The columns in which NaN is allowed.

    Returns
    -------
    list of dict

    Raises
    ------
    TypeError, ValueError
        With the row and the column.
    """
    allowed = set(may_be_nan)
    if isinstance(rows, (str, Mapping)) or not isinstance(rows, Iterable):
        raise TypeError(f"compute must return a list of dictionaries, got {type(rows).__name__}")
    checked: list[dict[str, Any]] = []
    fields = set(cell_fields(cell))
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"row {number}: compute must return dictionaries, got {type(row).__name__}")
        values = {name: plain(value) for name, value in row.items()}
        for name, value in values.items():
            if not isinstance(name, str) or not name:
                raise TypeError(f"row {number}: a column name must be a string, got {name!r}")
            if name in fields:
                raise ValueError(
                    f"row {number}: column {name!r} is a field of the cell already; leave it out of the row"
                )
            if type(value) not in SCALAR_TYPES:
                raise TypeError(
                    f"row {number}: column {name!r} must be a bool, int, float or str, "
                    f"got {type(value).__name__}"
                )
            if isinstance(value, float) and math.isnan(value) and name not in allowed:
                raise ValueError(
                    f"row {number}: column {name!r} is NaN; if that is a legitimate value, "
                    "name the column in the study's may_be_nan"
                )
        if not values:
            raise ValueError(f"row {number} has no columns")
        if checked and set(values) != set(checked[0]):
            differing = sorted(set(values) ^ set(checked[0]))
            raise ValueError(f"row {number}: columns differ from row 0 in {', '.join(differing)}")
        checked.append(values)
    if not checked:
        raise ValueError("compute returned no row; a cell without rows cannot be audited")
    return checked
