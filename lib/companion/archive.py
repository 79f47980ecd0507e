"""The archive: the table of each study as CSV, with a sidecar that says how it was made.

``results/<paper>/<study>.csv`` holds the rows in the order of the cells, ``results/<paper>/<study>.json``
their provenance and the digest of the table. The sidecar is written last, so a crash between the two writes
is seen as a table that does not match its sidecar. CSV keeps changes readable in a diff; a table of more than
50 MB would want a binary format, and is refused rather than committed: let ``compute`` aggregate.
"""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from companion import imports, paths, provenance, table
from companion.atomic import remove_leftovers, write_atomically
from companion.cellstore import StoredCell
from companion.fingerprint import StudyFingerprint, study_fingerprint
from companion.study import Study, cell_fields, cell_key

FORMAT = 1
LARGEST_TABLE = 50_000_000
_NEEDED = (
    dict.fromkeys(("study", "scale", "fingerprint"), str)
    | dict.fromkeys(("modules", "inputs", "table", "columns", "cells", "seconds"), dict)
    | {"format": int, "rows": int, "may_be_nan": list, "verified": list}
)

# Which archived files this process has opened: a page must run again when one of them changes.
_FILES_READ: set[Path] = set()


def files_read() -> frozenset[Path]:
    """Return the archived files (tables, sidecars, recorded times) that this process has opened so far."""
    return frozenset(_FILES_READ)


def mark_read(path: Path) -> None:
    """Count a file among those that this process has read."""
    _FILES_READ.add(path)


class ArchiveError(RuntimeError):
    """An archived table is missing or damaged; the message names the file and the command that repairs it."""


@dataclass(frozen=True)
class ArchivedTable:
    """A table with its provenance, after all checks."""

    frame: pd.DataFrame
    sidecar: dict[str, Any]


def table_path(name: str, scale: str = "paper") -> Path:
    """Return the file of the table of the study with this name."""
    return paths.results_directory(scale) / f"{name}.csv"


def sidecar_path(name: str, scale: str = "paper") -> Path:
    """Return the file of the provenance of the study with this name."""
    return paths.results_directory(scale) / f"{name}.json"


def _repair(name: str, scale: str) -> str:
    return f"`make run STUDY={name}{'' if scale == 'paper' else f' SCALE={scale}'}` makes it again"


def _summary_of_fields(cells: Sequence[Any]) -> dict[str, Any]:
    """Return for each field of the cells its values, or their range where there are many."""
    out = {}
    for name in cell_fields(cells[0]):
        values = sorted({getattr(cell, name) for cell in cells})
        few = len(values) <= 20
        out[name] = values if few else {"from": values[0], "to": values[-1], "distinct": len(values)}
    return out


def cells_digest(cells: Sequence[Any]) -> str:
    """Return one digest of the cells of a table and their order."""
    return hashlib.sha256(" ".join(cell_key(cell) for cell in cells).encode("ascii")).hexdigest()[:16]


def _brief(seconds: float) -> float:
    return float(f"{seconds:.3g}")


def write_archive(
    study: Study,
    scale: str,
    cells: Sequence[Any],
    stored: Sequence[StoredCell],
    fingerprint: StudyFingerprint,
) -> Path:
    """Write the table of a study and its sidecar.

    Parameters
    ----------
    study : Study
        The experiment.
    scale : str
        ``"quick"`` or ``"paper"``.
    cells : sequence of cells
        In the order of the table.
    stored : sequence of StoredCell
        The result of each cell.
    fingerprint : StudyFingerprint
        Of the code that computed them.

    Returns
    -------
    pathlib.Path
        The table. Its bytes depend on the rows alone, not on how they were computed.

    Raises
    ------
    TypeError, ValueError
        If the cells disagree about the columns, or the table is larger than 50 MB.
    """
    frame = table.assemble(cells, [item.rows for item in stored])
    data = table.to_csv_bytes(frame)
    if len(data) > LARGEST_TABLE:
        raise ValueError(f"study {study.name}: the table has {len(data)} bytes; let compute aggregate")
    packages = ["numpy", "scipy", *imports.external_imports(study.modules(), paths.library_directory())]
    seconds = [item.seconds for item in stored]
    processors = [item.processor for item in stored]
    csv_path, json_path = table_path(study.name, scale), sidecar_path(study.name, scale)
    sidecar = {
        "format": FORMAT,
        "study": study.name,
        "description": study.description,
        "scale": scale,
        "date": provenance.now(),
        "git": provenance.git_state(paths.repository_root()),
        "fingerprint": fingerprint.value,
        "modules": fingerprint.modules,
        "inputs": fingerprint.inputs,
        "requires": list(study.requires),
        "table": {"file": csv_path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        "rows": len(frame),
        "columns": table.column_types(frame),
        "may_be_nan": list(study.may_be_nan),
        "cells": {"count": len(cells), "digest": cells_digest(cells), "fields": _summary_of_fields(cells)},
        "seconds": {
            "total": _brief(sum(seconds)),
            "median": _brief(statistics.median(seconds)),
            "longest": _brief(max(seconds)),
            "each": [_brief(value) for value in seconds],
        },
        "versions": provenance.versions(packages),
        "machine": {
            **provenance.machine(),
            "cells_by_processor": {name: processors.count(name) for name in sorted(set(processors))},
        },
        "verified": [],
    }
    csv_path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(csv_path.parent)
    write_atomically(csv_path, data)
    write_sidecar(json_path, sidecar)
    return csv_path


def write_sidecar(path: Path, sidecar: dict[str, Any]) -> None:
    """Write a sidecar: JSON with one line per entry, the wall times of the cells on one line."""
    marker = "@each@"
    times = sidecar["seconds"]["each"]
    shown = {**sidecar, "seconds": {**sidecar["seconds"], "each": marker}}
    text = json.dumps(shown, indent=1, ensure_ascii=False).replace(f'"{marker}"', json.dumps(times))
    write_atomically(path, (text + "\n").encode("utf-8"))


def read_sidecar(study: Study | str, scale: str = "paper") -> dict[str, Any]:
    """Return the provenance of the table of a study, given itself or by its name.

    Raises
    ------
    ArchiveError
        If it is missing or not a sidecar of this study.
    """
    name = study if isinstance(study, str) else study.name
    path, repair = sidecar_path(name, scale), _repair(name, scale)
    try:
        sidecar = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if table_path(name, scale).is_file():
            raise ArchiveError(f"{table_path(name, scale)} has no sidecar {path.name}; {repair}") from None
        raise ArchiveError(f"{table_path(name, scale)} is not archived yet; {repair}") from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read ({error.strerror}): move it away; {repair}") from None
    except ValueError as error:
        raise ArchiveError(f"{path} is damaged (not JSON: {error}); {repair}") from None
    entries = sidecar if isinstance(sidecar, dict) else {}
    bad = [key for key, kind in _NEEDED.items() if not isinstance(entries.get(key), kind)]
    bad += [] if bad or isinstance(entries["table"].get("bytes"), int) else ["table"]
    bad += [] if bad or set(map(str, entries["columns"].values())) <= table.KINDS else ["columns"]
    if bad:
        raise ArchiveError(f"{path} is damaged (no proper entry {', '.join(bad)}); {repair}")
    if sidecar["format"] != FORMAT:
        raise ArchiveError(f"{path} has format {sidecar['format']!r}, not {FORMAT}; {repair}")
    found = sidecar["study"], sidecar["scale"]
    if found != (name, scale):
        raise ArchiveError(f"{path} belongs to the study {found[0]!r} at {found[1]!r} scale; {repair}")
    return sidecar


def open_archive(study: Study | str, scale: str = "paper") -> ArchivedTable:
    """Return an archived table with its sidecar, after checking that neither was damaged or edited.

    Parameters
    ----------
    study : Study or str
        The study, or its name.
    scale : str
        ``"quick"`` or ``"paper"``.

    Returns
    -------
    ArchivedTable

    Raises
    ------
    ArchiveError
        If the table or the sidecar is missing, truncated or edited, a column is unknown, or a NaN stands
        where none is declared. The message names the file and the command that repairs it.
    """
    name = study if isinstance(study, str) else study.name
    sidecar, path, repair = read_sidecar(name, scale), table_path(name, scale), _repair(name, scale)
    _FILES_READ.update((path, sidecar_path(name, scale)))
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ArchiveError(f"{path} is missing, only its sidecar is there; {repair}") from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read ({error.strerror}): move it away; {repair}") from None
    expected = sidecar["table"]
    if len(data) < expected["bytes"]:
        raise ArchiveError(f"{path} is truncated: {len(data)} of {expected['bytes']} bytes; {repair}")
    if hashlib.sha256(data).hexdigest() != expected.get("sha256"):
        raise ArchiveError(
            f"{path} does not match its sidecar: it was edited, or a run stopped between the two files; {repair}"
        )
    try:
        frame = table.from_csv_bytes(data, sidecar["columns"])
    except ValueError as error:
        raise ArchiveError(f"{path} is damaged: {error}; {repair}") from None
    if len(frame) != sidecar["rows"]:
        raise ArchiveError(f"{path} has {len(frame)} rows, its sidecar says {sidecar['rows']}; {repair}")
    allowed = sidecar["may_be_nan"] if isinstance(study, str) else study.may_be_nan
    for column, kind in sidecar["columns"].items():
        if kind == "float" and column not in allowed and any(map(math.isnan, frame[column].tolist())):
            raise ArchiveError(
                f"{path}: column {column!r} holds NaN, which the study does not declare; {repair}"
            )
    return ArchivedTable(frame, sidecar)


def read_archive(study: Study | str, scale: str = "paper") -> pd.DataFrame:
    """Return the archived table of a study; see `open_archive` for what is checked and raised."""
    return open_archive(study, scale).frame


def is_stale(study: Study, scale: str = "paper") -> tuple[str, ...]:
    """Return what has changed since the table was computed or last verified; nothing if it is fresh.

    Parameters
    ----------
    study : Study
        The experiment.
    scale : str
        ``"quick"`` or ``"paper"``.

    Returns
    -------
    tuple of str
        Modules and input tables, each with "changed", "new" or "gone".

    Raises
    ------
    ArchiveError
        If there is no sidecar to compare with.
    """
    sidecar = read_sidecar(study.name, scale)
    now = study_fingerprint(study)
    if now.value == sidecar["fingerprint"]:
        return ()
    out = []
    for prefix, old, new in (
        ("", sidecar["modules"], now.modules),
        ("table ", sidecar["inputs"], now.inputs),
    ):
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                what = "new" if name not in old else "gone" if name not in new else "changed"
                out.append(f"{prefix}{name} ({what})")
    return tuple(out)
