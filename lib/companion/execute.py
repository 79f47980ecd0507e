"""Run one notebook: MyST source -> jupytext -> papermill -> a normalised, executed notebook.

One process per notebook (papermill changes the working directory of its process, so threads are unsafe).
"""

from __future__ import annotations

import ast
import copy
import os
import re
from collections.abc import Mapping
from pathlib import Path

import jupytext
import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from companion.notebooks import code_cells
from companion.page import STAGE_VARIABLE

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


class PageError(Exception):
    """A page that could not be executed; the message names page, cell and line."""


def execute(source: Path, name: str, stage: Path, parameters: Mapping, epoch: int) -> None:
    """Execute a page and put the result into the staging folder.

    Parameters
    ----------
    source : Path
        The MyST notebook.
    name : str
        Its name below ``book/`` without the ending.
    stage : Path
        The staging folder; the notebook goes to ``book/<name>.ipynb`` below it, pictures beside it.
    parameters : mapping
        Values for the notebook's parameters cell.
    epoch : int
        Value of ``SOURCE_DATE_EPOCH``: the time that files are stamped with.

    Raises
    ------
    PageError
        For an unknown parameter or one of another type than its default, a failing cell, output on stderr, a picture
        not shown by ``page.figure``, or a page without a passport.
    """
    text = source.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="md:myst")
    target = stage / "book" / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    partials = stage / "partial" / name
    partials.mkdir(parents=True, exist_ok=True)
    raw, partial = partials / "in.ipynb", partials / "out.ipynb"
    nbformat.write(notebook, raw)
    known = papermill.inspect_notebook(str(raw))
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise PageError(
            f"{name}: unknown parameter {', '.join(unknown)}; the page has {', '.join(sorted(known)) or 'none'}"
        )
    for key, value in parameters.items():
        _refuse_type(name, key, value, known[key]["default"])
    record = stage / "records" / f"{name}.json"
    record.unlink(missing_ok=True)
    os.environ.update(ONE_THREAD, **{STAGE_VARIABLE: str(stage), "SOURCE_DATE_EPOCH": str(epoch)})
    os.environ.setdefault("PYTHONHASHSEED", "0")
    try:
        papermill.execute_notebook(
            str(raw),
            str(partial),
            parameters=_changed(parameters, known),
            kernel_name="python3",
            cwd=str(source.parent),
            progress_bar=False,
            extra_arguments=["--log-level=ERROR"],
        )
        executed = nbformat.read(partial, as_version=4)
    except PapermillExecutionError as error:
        raise PageError(_failure(name, text, error)) from None
    finally:
        raw.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    _refuse_stray_output(name, executed)
    if not record.exists():
        raise PageError(
            f"{name}: no passport; the last cell must call page.passport() of Page({name!r}, ...)"
        )
    write_normalised(executed, notebook, target)


def _refuse_type(name: str, key: str, value, default: str) -> None:
    """Refuse a value that can never do in place of the default: text for a number, a broken number for a count."""
    try:
        usual = ast.literal_eval(default)
    except (ValueError, SyntaxError):
        return  # the default is computed
    kinds = {bool: "True or False", int: "an integer", float: "a number", str: "text"}
    allowed = (int, float) if type(usual) is float else type(usual)
    if type(usual) in kinds and (
        not isinstance(value, allowed) or isinstance(value, bool) != isinstance(usual, bool)
    ):
        raise PageError(f"{name}: parameter {key} must be {kinds[type(usual)]} like {default}, got {value!r}")
    if (key == "seed" or key.endswith("_seed")) and isinstance(value, int) and value < 0:
        raise PageError(f"{name}: parameter {key} must not be negative, got {value}")


def _changed(parameters: Mapping, known: Mapping) -> dict:
    """Drop parameters that equal their default: then the page shows one parameters cell, not two."""
    return {k: v for k, v in parameters.items() if repr(v) != str(known[k]["default"]).replace('"', "'")}


def write_normalised(executed, original, target: Path) -> None:
    """Write an executed notebook without anything that differs from run to run (times, random ids)."""
    executed.metadata = copy.deepcopy(original.metadata)
    executed.metadata.setdefault("language_info", {"name": "python"})
    for number, cell in enumerate(executed.cells):
        cell["id"] = f"cell-{number}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]  # papermill gives every cell a list of tags
    partial = target.with_suffix(".partial")
    nbformat.write(executed, partial)
    partial.replace(target)


def graft_prose(source: Path, target: Path) -> None:
    """Give an executed notebook the prose of an edited source whose code cells are unchanged."""
    fresh = jupytext.reads(source.read_text(encoding="utf-8"), fmt="md:myst")
    executed = nbformat.read(target, as_version=4)
    injected = [c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", [])]
    done = iter(
        c
        for c in executed.cells
        if c.cell_type == "code" and "injected-parameters" not in c.metadata.get("tags", [])
    )
    cells = []
    for cell in fresh.cells:
        if cell.cell_type == "code":
            old = next(done)
            cell["outputs"], cell["execution_count"] = old.outputs, old.execution_count
        cells.append(cell)
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            cells.extend(injected)
    merged = nbformat.v4.new_notebook(cells=cells)
    write_normalised(merged, fresh, target)


def _refuse_stray_output(name: str, notebook) -> None:
    number = 0
    for cell in notebook.cells:
        if cell.cell_type != "code" or "injected-parameters" in cell.metadata.get("tags", []):
            continue
        number += 1
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                raise PageError(f"{name}: code cell {number} wrote to stderr:\n{output.text.strip()}")
            if "image/png" in output.get("data", {}) and not output.metadata.get("companion"):
                raise PageError(
                    f"{name}: code cell {number} shows a picture without number, caption and alt text; "
                    "hand it to page.figure, after Page(...) was opened"
                )


def _failure(name: str, text: str, error: PapermillExecutionError) -> str:
    """Name the page, the cell, and the line of the source file where a cell failed."""
    cells = code_cells(text)
    number = next((i for i, c in enumerate(cells) if c.source.strip() == error.source.strip()), None)
    trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    where = ""
    if number is not None:
        inside = re.findall(r"(?:Cell In\[\d+\], line |^-+> ?)(\d+)", trace, re.MULTILINE)
        line = cells[number].line + (int(inside[0]) - 1 if inside else 0)
        where = f" code cell {number + 1}, book/{name}.md line {line}:"
    return f"{name}:{where} {error.ename}: {error.evalue}\n{trace}"
