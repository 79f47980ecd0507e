"""Compute the table of a study: only the missing cells, in any order, killed and resumed at will.

The table is assembled from the stored cells in the order of the study, so its bytes do not depend on the
number of workers, on the order in which they finish, or on how often the run was interrupted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pandas as pd
from threadpoolctl import threadpool_limits

from companion import paths, table
from companion.archive import write_archive
from companion.cellstore import CellStore, StoredCell
from companion.fingerprint import study_fingerprint
from companion.pool import compute_cells
from companion.progress import Progress
from companion.rows import checked_rows
from companion.study import Study, describe_cell


class CellError(RuntimeError):
    """A cell could not be computed; the message holds its parameters."""


@dataclass(frozen=True)
class CellFailure:
    """A cell that could not be computed, why ("failed", "timed out", "died"), and what is known about it."""

    cell: Any
    status: str
    message: str

    def __str__(self) -> str:
        return f"cell ({describe_cell(self.cell)}) {self.status}:\n{self.message.rstrip()}"


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Parameters
    ----------
    study : str
        The experiment.
    scale : str
        ``"quick"`` or ``"paper"``.
    table : pathlib.Path or None
        The table, or None if it was not written because cells failed.
    computed : int
        Cells computed now.
    reused : int
        Cells that were there.
    failures : tuple of CellFailure
    seconds : float
        Wall time of the run.
    """

    study: str
    scale: str
    table: Path | None
    computed: int
    reused: int
    failures: tuple[CellFailure, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every cell is there and the table is written."""
        return not self.failures

    @property
    def exit_status(self) -> int:
        """0, or 1 if a cell failed."""
        return 0 if self.ok else 1

    def __str__(self) -> str:
        counts = f"{self.computed} cells computed, {self.reused} reused, {self.seconds:.1f} s"
        if self.ok:
            return f"{self.study} at {self.scale} scale: {counts}; written to {self.table}"
        shown = [str(failure) for failure in self.failures[:10]]
        shown += [f"cell ({describe_cell(item.cell)}) {item.status}" for item in self.failures[10:]]
        head = (
            f"{self.study} at {self.scale} scale: {len(self.failures)} cells could not be computed, "
            f"so the table is not written ({counts}; they are kept, run again to compute only the others)"
        )
        return "\n\n".join([head, *shown])


def run(
    study: Study,
    scale: str = "paper",
    workers: int = 2,
    scheduler: str | None = None,
    *,
    fresh: bool = False,
    stream: TextIO | None = None,
) -> RunReport:
    """Compute the missing cells of a study and write its table.

    Parameters
    ----------
    study : Study
        The experiment.
    scale : str
        ``"paper"`` writes ``results/``, ``"quick"`` writes ``_build/results/quick/``.
    workers : int
        Processes of this machine, one thread each.
    scheduler : str or None
        Address of a Dask scheduler to use instead.
    fresh : bool
        Compute every cell anew, also those that are there.
    stream : text stream or None
        Where progress goes; standard error by default.

    Returns
    -------
    RunReport
        Cells that fail, exceed ``study.timeout`` or take their process down are listed in it, and the others
        are kept.

    Raises
    ------
    ValueError, TypeError
        If the study, its cells or an argument is wrong.
    ConnectionError
        If the scheduler cannot be reached.
    """
    began = time.monotonic()
    cells = study.cell_list(scale)
    fingerprint = study_fingerprint(study)
    store = CellStore(paths.cells_directory(study.name, scale, fingerprint.value))
    results: dict[int, StoredCell] = {}
    if not fresh:
        found = ((number, store.read(cell)) for number, cell in enumerate(cells))
        results = {number: stored for number, stored in found if stored is not None}
    reused = len(results)
    missing = [number for number in range(len(cells)) if number not in results]
    failures: dict[int, CellFailure] = {}
    progress = Progress(len(cells), reused, f"{study.name} ({scale})", stream)
    outcomes = compute_cells(study, [cells[number] for number in missing], workers, scheduler)
    try:
        for position, outcome in outcomes if missing else ():
            number = missing[position]
            if outcome.status == "done":
                results[number] = StoredCell(outcome.rows, outcome.seconds, outcome.processor)
                store.write(cells[number], results[number])
            else:
                failures[number] = CellFailure(cells[number], outcome.status, outcome.message)
            progress.update(failed=number in failures)
    finally:
        outcomes.close()
        progress.close()
    written = None
    if not failures:
        written = write_archive(study, scale, cells, [results[k] for k in range(len(cells))], fingerprint)
    listed = tuple(failures[number] for number in sorted(failures))
    return RunReport(
        study.name, scale, written, len(missing) - len(failures), reused, listed, time.monotonic() - began
    )


def compute_table(study: Study, scale: str = "quick") -> pd.DataFrame:
    """Compute the table of a study in this process, with one BLAS thread, and write nothing.

    Parameters
    ----------
    study : Study
        The experiment.
    scale : str
        ``"quick"`` or ``"paper"``.

    Returns
    -------
    pandas.DataFrame
        The same table, to the last bit, as `run` writes on this machine.

    Raises
    ------
    CellError
        If a cell fails, with its parameters; the cause is chained.
    """
    cells, rows = study.cell_list(scale), []
    with threadpool_limits(limits=1):
        for cell in cells:
            try:
                rows.append(checked_rows(cell, study.compute(cell), study.may_be_nan))
            except Exception as error:
                raise CellError(f"study {study.name}, cell ({describe_cell(cell)}): {error}") from error
    return table.assemble(cells, rows)
