"""Rows to table to bytes, and back, without changing a single value.

A column holds values of one type: bool, int, float or str. A float is written as the shortest text that reads
back as the same float. Strings are never interpreted: ``"None"``, ``"NA"`` and ``""`` stay what they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from companion.study import cell_fields, describe_cell

_PANDAS_TYPES = {"bool": "bool", "int": "int64", "float": "float64", "str": "str"}
KINDS = frozenset(_PANDAS_TYPES)
_INT64 = 2**63


def _common_type(name: str, kinds: set[type]) -> str:
    if kinds == {int, float}:
        return "float"
    if len(kinds) != 1:
        raise TypeError(
            f"column {name!r} mixes {' and '.join(sorted(kind.__name__ for kind in kinds))}; "
            "give it one type in every cell"
        )
    return next(iter(kinds)).__name__


def convert(name: str, value: Any, kind: str) -> Any:
    """Return a value in the type of its column: an integer in a column of floats becomes a float.

    Raises
    ------
    TypeError, ValueError
        If that would change the value.
    """
    if kind == "float" and type(value) is int:
        if int(float(value)) != value:
            raise ValueError(f"column {name!r}: {value} is not exactly a float")
        return float(value)
    if type(value).__name__ != kind:
        raise TypeError(f"column {name!r} holds {kind} values, got {value!r}")
    if kind == "int" and not -_INT64 <= value < _INT64:
        raise ValueError(f"column {name!r}: {value} does not fit into 64 bits")
    return value


def column_types(frame: pd.DataFrame) -> dict[str, str]:
    """Return "bool", "int", "float" or "str" for each column of a table made by this module."""
    return {name: frame.attrs["column_types"][name] for name in frame.columns}


def frame_from_columns(columns: Mapping[str, Sequence[Any]], types: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of columns of known types, which are kept in ``frame.attrs["column_types"]``."""
    series = {
        name: pd.Series(list(values), dtype=_PANDAS_TYPES[types[name]]) for name, values in columns.items()
    }
    frame = pd.DataFrame(series)
    frame.attrs["column_types"] = dict(types)
    return frame


def assemble(cells: Sequence[Any], rows: Sequence[Sequence[Mapping[str, Any]]]) -> pd.DataFrame:
    """Return the table of a study: the rows of each cell in order, behind the fields of the cell.

    Parameters
    ----------
    cells : sequence of cells
        In the order of the table.
    rows : sequence of sequences of mappings
        The checked rows of each cell.

    Returns
    -------
    pandas.DataFrame
        One column per field and per column of the rows. Cost: linear in the number of values.

    Raises
    ------
    TypeError, ValueError
        If two cells disagree about the columns, or a column mixes types.
    """
    first = rows[0][0]
    names = [*cell_fields(cells[0]), *first]
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for cell, cell_rows in zip(cells, rows, strict=True):
        fields = cell_fields(cell)
        for row in cell_rows:
            if set(row) != set(first):
                differing = sorted(set(row) ^ set(first))
                raise ValueError(
                    f"cell ({describe_cell(cell)}) differs from the first cell in the columns "
                    f"{', '.join(differing)}"
                )
            for name in names:
                columns[name].append(fields[name] if name in fields else row[name])
    types = {name: _common_type(name, {type(value) for value in values}) for name, values in columns.items()}
    converted = {
        name: [convert(name, value, types[name]) for value in values] for name, values in columns.items()
    }
    return frame_from_columns(converted, types)


def _quoted(text: str) -> str:
    """Return a string as a CSV field (the csv module of some Python versions leaves a carriage return bare)."""
    if text and not any(character in text for character in '",\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def to_csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV: UTF-8, one header line, lines end in a line feed, floats by ``repr``."""
    types = column_types(frame)
    texts = [
        [_quoted(name), *map(_quoted if types[name] == "str" else repr, frame[name].tolist())]
        for name in frame.columns
    ]
    lines = [",".join(record) for record in zip(*texts, strict=True)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _read_value(text: str, kind: str) -> Any:
    if kind == "str":
        return text
    if kind == "bool":
        return {"True": True, "False": False}[text]
    return int(text) if kind == "int" else float(text)


def from_csv_bytes(data: bytes, types: Mapping[str, str]) -> pd.DataFrame:
    """Read a table that `to_csv_bytes` wrote.

    Parameters
    ----------
    data : bytes
        The CSV.
    types : mapping of str to str
        The type of each column, in order.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        With the line and the column, if the columns are not those of ``types`` or a value is not of its type.
    """
    reader = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    header = next(reader, [])
    if header != list(types):
        differing = sorted(set(header) ^ set(types)) or ["their order"]
        raise ValueError(f"the columns are not the recorded ones; they differ in {', '.join(differing)}")
    columns: dict[str, list[Any]] = {name: [] for name in header}
    for number, record in enumerate(reader, start=1):
        if len(record) != len(header):
            raise ValueError(f"row {number} has {len(record)} values for {len(header)} columns")
        for name, text in zip(header, record, strict=True):
            try:
                columns[name].append(_read_value(text, types[name]))
            except (KeyError, ValueError):
                raise ValueError(f"row {number}, column {name!r}: {text!r} is not {types[name]}") from None
    return frame_from_columns(columns, types)
