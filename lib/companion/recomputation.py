"""Choose archived cells, compute them again, and say where the numbers differ."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from companion import table
from companion.archive import ArchivedTable, cells_digest
from companion.pool import compute_cells
from companion.study import Study, cell_fields, describe_cell

_OVERHEAD_SECONDS = 0.02  # of handing out and comparing a cell, however small
_ROUNDING = 1e-9  # seconds; equal shares may add up to a little more than the budget


def plan_sample(
    seconds: Mapping[str, Sequence[float]], budget_seconds: float, seed: str
) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Choose the cells to recompute.

    Each study first gets one cell: a random one among those that fit into an equal share of the budget. Then
    the studies in which none does get their cheapest one, if that fits into what is left; they come second, so that
    a dear study never takes the share of a cheap one. The remaining budget goes to random further cells, in turns.

    Parameters
    ----------
    seconds : mapping of str to sequence of float
        The archived wall time of each cell of each study.
    budget_seconds : float
        For the sum of the wall times.
    seed : str
        The same seed gives the same plan.

    Returns
    -------
    tuple of dict
        The positions of the chosen cells per study, and for each study without any, the reason.
    """
    orders, chosen, skipped = {}, {}, {}
    left = budget_seconds
    costs = {name: [value + _OVERHEAD_SECONDS for value in values] for name, values in seconds.items()}
    share = budget_seconds / max(len(costs), 1)
    for name in sorted(costs, key=lambda name: (min(costs[name]) > share, name)):
        order = list(range(len(costs[name])))
        random.Random(f"{seed}/{name}").shuffle(order)
        orders[name] = order
        cheapest = min(order, key=costs[name].__getitem__)
        first = next((k for k in order if costs[name][k] <= share), cheapest)
        if costs[name][first] > left + _ROUNDING:
            skipped[name] = f"its cheapest cell takes {costs[name][cheapest]:.1f} s, {left:.1f} s are left"
            continue
        order.remove(first)
        chosen[name] = [first]
        left -= costs[name][first]
    active = [name for name in orders if name in chosen]
    while active:
        for name in list(active):
            fitting = next((k for k in orders[name] if costs[name][k] <= left), None)
            if fitting is None:
                active.remove(name)
                continue
            orders[name].remove(fitting)
            chosen[name].append(fitting)
            left -= costs[name][fitting]
    return chosen, skipped


def compare_rows(
    study: Study,
    cell: Any,
    archived: Sequence[Mapping],
    recomputed: Sequence[Mapping],
    types: Mapping[str, str],
) -> list[str]:
    """Compare the archived rows of a cell with recomputed ones.

    Parameters
    ----------
    study : Study
        Its tolerances decide.
    cell : cell
        Its fields identify the rows.
    archived, recomputed : sequence of mappings
        The archived rows hold the fields of the cell too.
    types : mapping of str to str
        The type of each column of the table.

    Returns
    -------
    list of str
        One line per mismatch: study, cell, row, column, both values.
    """
    where = f"{study.name}, cell ({describe_cell(cell)})"
    if len(archived) != len(recomputed):
        return [f"{where}: {len(archived)} rows archived, {len(recomputed)} recomputed"]
    columns = [name for name in types if name not in cell_fields(cell)]
    if set(columns) != set(recomputed[0]):
        differing = ", ".join(sorted(set(columns) ^ set(recomputed[0])))
        return [f"{where}: archived and recomputed columns differ in {differing}"]
    out = []
    for number, (old, new) in enumerate(zip(archived, recomputed, strict=True)):
        for column in columns:
            if column in study.unaudited:
                continue
            tolerance = study.tolerance(column)
            if tolerance.relative_to is not None and tolerance.relative_to not in types:
                return [f"{where}: the tolerance of {column!r} refers to no column {tolerance.relative_to!r}"]
            scale = old[tolerance.relative_to] if tolerance.relative_to else 1.0
            try:
                value = table.convert(column, new[column], types[column])
            except (TypeError, ValueError):
                value = new[column]
            if not tolerance.agrees(old[column], value, scale):
                out.append(
                    f"{where}, row {number}, column {column!r}: archived {old[column]!r}, "
                    f"recomputed {value!r} (allowed: rtol {tolerance.rtol:g}, atol {tolerance.atol:g}"
                    f"{f' of {tolerance.relative_to} = {scale!r}' if tolerance.relative_to else ''})"
                )
    return out


def _rows_by_cell(archived: ArchivedTable, cells: Sequence[Any]) -> dict[tuple, list[dict[str, Any]]]:
    names, types = list(cell_fields(cells[0])), archived.sidecar["columns"]
    groups: dict[tuple, list[dict[str, Any]]] = {}
    columns = [archived.frame[name].tolist() for name in types]
    for values in zip(*columns, strict=True):
        row = dict(zip(types, values, strict=True))
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def recompute(
    study: Study, archived: ArchivedTable, positions: Iterable[int], workers: int, deadline: float = math.inf
) -> tuple[int, list[str]]:
    """Recompute cells of an archived table and compare.

    Parameters
    ----------
    study : Study
        The experiment.
    archived : ArchivedTable
        Its table.
    positions : iterable of int
        Which cells.
    workers : int
        Processes.
    deadline : float
        Monotonic time after which no further result is waited for, once one cell is compared.

    Returns
    -------
    tuple of int and list of str
        How many cells were compared, and what is wrong.
    """
    everything = study.cell_list(archived.sidecar["scale"])
    if cells_digest(everything) != archived.sidecar["cells"]["digest"]:
        return 0, [f"{study.name}: the table holds other cells than the study has now"]
    groups = _rows_by_cell(archived, everything)
    chosen = [everything[position] for position in positions]
    compared, problems = 0, []
    outcomes = compute_cells(study, chosen, workers)
    try:
        for number, outcome in outcomes:
            cell = chosen[number]
            if outcome.status == "done":
                old = groups.get(tuple(cell_fields(cell).values()), [])
                problems += compare_rows(study, cell, old, outcome.rows, archived.sidecar["columns"])
            else:
                problems.append(
                    f"{study.name}, cell ({describe_cell(cell)}) could not be recomputed: it {outcome.status}\n"
                    f"{outcome.message}"
                )
            compared += 1
            if time.monotonic() > deadline:
                break
    finally:
        outcomes.close()
    return compared, problems
