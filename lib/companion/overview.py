"""What the archive holds and what it cost, from the sidecars of all tables."""

from __future__ import annotations

import pandas as pd

from companion import paths
from companion.archive import mark_read, open_archive
from companion.passport import TIMES_FILE, recorded_times


def archived_tables() -> pd.DataFrame:
    """Return one row for each archived table: its size and the processor time that its cells took.

    Returns
    -------
    DataFrame
        Columns ``study``, ``cells``, ``rows``, ``kilobytes``, ``seconds`` (of all cells), ``longest`` (of one cell),
        sorted by the time, longest first.

    Raises
    ------
    ArchiveError
        If a table or its sidecar is damaged.
    """
    root, rows = paths.results_directory(), []
    for path in sorted(root.glob("*/*.json")):
        name = path.relative_to(root).with_suffix("").as_posix()
        facts = open_archive(name).sidecar
        rows.append(
            {
                "study": name,
                "cells": int(facts["cells"]["count"]),
                "rows": int(facts["rows"]),
                "kilobytes": facts["table"]["bytes"] / 1000,
                "seconds": float(facts["seconds"]["total"]),
                "longest": float(facts["seconds"]["longest"]),
            }
        )
    columns = ["study", "cells", "rows", "kilobytes", "seconds", "longest"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["seconds", "study"], ascending=[False, True], ignore_index=True)


def page_times() -> pd.DataFrame:
    """Return one row for each page and scale of the committed record of times; none if there is no record.

    Returns
    -------
    DataFrame
        Columns ``page``, ``scale``, ``seconds``, ``megabytes``.
    """
    mark_read(paths.repository_root() / TIMES_FILE)
    rows = []
    for key, spent in sorted(recorded_times()["pages"].items()):
        page, _, scale = key.rpartition("@")
        rows.append({"page": page, "scale": scale, "seconds": spent["wall_s"], "megabytes": spent["peak_mb"]})
    return pd.DataFrame(rows, columns=["page", "scale", "seconds", "megabytes"])
