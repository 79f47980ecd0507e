"""A study as data: which cells there are, and the pure function that computes one cell.

A *cell* is a frozen dataclass of plain scalars, its seed among them; ``compute(cell)`` returns the rows of
that cell, each a dictionary of plain scalars. Nothing else may enter the numbers. A row of the study's table
holds the fields of the cell followed by the columns that ``compute`` returned.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCALES = ("quick", "paper")
SCALAR_TYPES = (bool, int, float, str)

_NAME = re.compile(r"[a-z][a-z0-9_-]*/[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class Tolerance:
    r"""How far a recomputed number may lie from the archived one.

    They agree when :math:`|r - a| \le \mathrm{atol} \cdot s + \mathrm{rtol} \cdot |a|`, where :math:`s` is
    the magnitude of the archived value in the column ``relative_to`` of the same row, or 1.

    Parameters
    ----------
    rtol : float
        Relative tolerance.
    atol : float
        Absolute tolerance, in units of the column ``relative_to`` where one is named. A smallest singular
        value, for instance, is only known to rounding of the largest: ``Tolerance(1e-6, 1e-12,
        relative_to="largest")``.
    relative_to : str or None
        The column that gives the scale of ``atol``.

    Raises
    ------
    ValueError
        If a tolerance is negative or not finite.
    """

    rtol: float = 1e-9
    atol: float = 0.0
    relative_to: str | None = None

    def __post_init__(self) -> None:
        for name in ("rtol", "atol"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and math.isfinite(value) and value >= 0):
                raise ValueError(f"Tolerance: {name} must be a finite number >= 0, got {value!r}")

    def agrees(self, archived: Any, recomputed: Any, scale: float = 1.0) -> bool:
        """Tell whether two values agree: finite floats, and integers unless by default, within the tolerance."""
        counts = type(archived) is int and type(recomputed) is int and self != Tolerance()
        if counts or (isinstance(archived, float) and isinstance(recomputed, float)):
            if math.isnan(archived) or math.isnan(recomputed):
                return math.isnan(archived) and math.isnan(recomputed)
            if math.isinf(archived) or math.isinf(recomputed):
                return archived == recomputed
            allowed = self.rtol * abs(archived)
            if self.atol:
                allowed += self.atol * abs(scale)
            return abs(recomputed - archived) <= allowed
        return type(archived) is type(recomputed) and archived == recomputed


@dataclass(frozen=True)
class Study:
    """An experiment as data.

    Parameters
    ----------
    name : str
        ``"paper/study"``, for instance ``"underdetermined/conditioning"``; also the place of its table in
        ``results/``.
    description : str
        One or two sentences, shown in the provenance of the table.
    compute : callable
        ``compute(cell) -> list of dict``, a pure function at the top level of a module (worker processes
        import it). All rows of a study have the same columns, none of them named like a field of the cell.
    cells : callable
        ``cells(scale) -> sequence of cells`` for ``scale`` in ``("quick", "paper")``.
    tolerances : mapping of str to Tolerance
        For the audit, per column; ``Tolerance()`` where a column has none. Booleans and strings must agree
        exactly, and so must integers in a column that has none.
    inputs : tuple of str
        Names of the studies whose archived tables ``compute`` reads; their digests enter the fingerprint.
    requires : tuple of str
        Names of the raw data sets that ``compute`` reads (see `companion.rawdata`).
    unaudited : tuple of str
        Columns that the audit does not compare, such as wall times.
    timeout : float or None
        Seconds after which a cell is given up, or None for no limit.
    may_be_nan : tuple of str
        Columns in which NaN is a legitimate value. NaN anywhere else is refused.
    measures_time : bool
        The rows hold measured times: pages of every scale read the archived table, since times taken anew would make
        every build of the site a different one.

    Raises
    ------
    ValueError, TypeError
        If a field is not what this says; the message names the field.
    """

    name: str
    description: str
    compute: Callable[[Any], Sequence[Mapping[str, Any]]]
    cells: Callable[[str], Sequence[Any]]
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict, hash=False)
    inputs: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    unaudited: tuple[str, ...] = ()
    timeout: float | None = None
    may_be_nan: tuple[str, ...] = ()
    measures_time: bool = False

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name)):
            raise ValueError(
                f"Study: name must look like 'paper/study' (lower case, digits, - and _), got {self.name!r}"
            )
        if not (isinstance(self.description, str) and self.description.strip()):
            raise ValueError(
                f"study {self.name}: description must say what is studied, got {self.description!r}"
            )
        for name in ("compute", "cells"):
            if not callable(getattr(self, name)):
                raise TypeError(f"study {self.name}: {name} must be callable, got {getattr(self, name)!r}")
        for name in ("inputs", "requires", "unaudited", "may_be_nan"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(item, str) for item in value):
                raise TypeError(f"study {self.name}: {name} must be a tuple of names, got {value!r}")
            object.__setattr__(self, name, tuple(value))
        if not isinstance(self.tolerances, Mapping):
            raise TypeError(f"study {self.name}: tolerances must map columns to Tolerance objects")
        for column, tolerance in self.tolerances.items():
            if not isinstance(tolerance, Tolerance):
                raise TypeError(
                    f"study {self.name}: tolerances[{column!r}] must be a Tolerance, got {tolerance!r}"
                )
        object.__setattr__(self, "tolerances", dict(self.tolerances))
        if self.timeout is not None and not (isinstance(self.timeout, (int, float)) and self.timeout > 0):
            raise ValueError(f"study {self.name}: timeout must be None or seconds > 0, got {self.timeout!r}")

    def cell_list(self, scale: str) -> list[Any]:
        """Return the validated cells of a scale, in the order of the table.

        Parameters
        ----------
        scale : str
            ``"quick"`` or ``"paper"``.

        Returns
        -------
        list of cells

        Raises
        ------
        ValueError
            If the scale is unknown, or there are no cells, or two are equal, or a value is NaN.
        TypeError
            If a cell is not a frozen dataclass of plain scalars.
        """
        if scale not in SCALES:
            raise ValueError(f"study {self.name}: unknown scale {scale!r}; it is one of {', '.join(SCALES)}")
        return validate_cells(self.cells(scale), f"study {self.name} at {scale} scale")

    def tolerance(self, column: str) -> Tolerance:
        """Return the tolerance of a column, the default one where none was given."""
        return self.tolerances.get(column, Tolerance())

    def modules(self) -> tuple[str, ...]:
        """Return the modules that define ``compute`` and ``cells``, where the fingerprint starts."""
        names = {_function(self.compute).__module__, _function(self.cells).__module__}
        return tuple(sorted(names))


def _function(callable_: Any) -> Any:
    while isinstance(callable_, functools.partial):
        callable_ = callable_.func
    return callable_


def cell_fields(cell: Any) -> dict[str, Any]:
    """Return the fields of a cell in their order, as a dictionary of plain scalars.

    Parameters
    ----------
    cell : frozen dataclass instance
        Whose fields.

    Returns
    -------
    dict

    Raises
    ------
    TypeError
        If the cell is not an instance of a frozen dataclass, or a field is not a plain bool, int, float or
        str (numpy scalars are refused too, since their printed form depends on the numpy version).
    ValueError
        If a field is NaN, which equals nothing and so identifies no cell.
    """
    kind = type(cell)
    if not dataclasses.is_dataclass(kind) or not kind.__dataclass_params__.frozen:
        raise TypeError(f"a cell must be an instance of a frozen dataclass, got {cell!r}")
    values = {item.name: getattr(cell, item.name) for item in dataclasses.fields(kind)}
    if not values:
        raise TypeError(f"a cell needs at least one field; {kind.__name__} has none")
    for name, value in values.items():
        if type(value) not in SCALAR_TYPES:
            raise TypeError(
                f"cell {kind.__name__}: field {name!r} must be a plain bool, int, float or str, "
                f"got {value!r} of type {type(value).__name__}"
            )
        if isinstance(value, float) and math.isnan(value):
            raise ValueError(f"cell {kind.__name__}: field {name!r} is NaN, which cannot identify a cell")
    return values


def cell_key(cell: Any) -> str:
    """Return the short name of a cell: 16 hex digits of the SHA-256 of its fields as canonical JSON.

    The key is the same in every process, on every machine, and whatever the order of the fields; 1, 1.0 and
    True are different values.
    """
    text = json.dumps(cell_fields(cell), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def describe_cell(cell: Any) -> str:
    """Return the parameters of a cell in one readable line."""
    return ", ".join(f"{name}={value!r}" for name, value in cell_fields(cell).items())


def validate_cells(cells: Iterable[Any], where: str = "cells") -> list[Any]:
    """Return the cells as a list after checking that they are of one kind, plain, unique and not none at all.

    Parameters
    ----------
    cells : iterable of cells
        What to check.
    where : str
        How to call them in error messages.

    Returns
    -------
    list of cells

    Raises
    ------
    ValueError, TypeError
        With the offending cell and field.
    """
    checked = list(cells)
    if not checked:
        raise ValueError(f"{where}: there are no cells")
    seen: dict[str, int] = {}
    for number, cell in enumerate(checked):
        if type(cell) is not type(checked[0]):
            raise TypeError(
                f"{where}: cells must be of one class, "
                f"got {type(checked[0]).__name__} and {type(cell).__name__}"
            )
        try:
            key = cell_key(cell)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where}, cell {number}: {error}") from None
        if key in seen:
            raise ValueError(f"{where}: cells {seen[key]} and {number} are equal ({describe_cell(cell)})")
        seen[key] = number
    return checked
