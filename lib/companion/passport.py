"""The passport of a page: which code, data, seeds, machine and time made the numbers on it."""

from __future__ import annotations

import json
import platform
import resource
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from companion import archive, provenance
from companion.paths import repository_root
from companion.study import Study, cell_fields

PACKAGES = ("numpy", "scipy", "pandas", "torch", "matplotlib")
TIMES_FILE = "results/page-times.json"


def peak_memory_mb() -> float:
    """Return the largest resident memory of this process so far, in MB (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1.0 if platform.system() == "Darwin" else 1024.0) / 1e6


def recorded_times() -> dict:
    """Return wall time and memory of every page as last recorded by ``make timings``.

    The file is committed, so that two builds of one commit give the same site.
    """
    path = repository_root() / TIMES_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"machine": "", "pages": {}}


def is_archived(study: Study, scale: str) -> bool:
    """Tell whether a page of this scale reads the study's archived table: at the paper's scale, and measured times."""
    return scale == "paper" or study.measures_time


def _source(study: Study, scale: str) -> str:
    if not is_archived(study, scale):
        cells = study.cell_list(scale)
        return f"`{study.name}` computed live, {len(cells)} cells{_seeds(cells)}"
    cells = study.cell_list("paper")
    facts = archive.read_sidecar(study.name)
    changed = archive.is_stale(study)
    return (
        f"`results/{study.name}.csv`, {len(cells)} cells{_seeds(cells)}, computed at commit "
        f"`{str(facts['git']['commit'])[:10]}` in {duration(facts['seconds']['total'])} of processor time, SHA-256 "
        f"`{facts['table']['sha256'][:16]}`"
        + (f" (**stale**: changed since are {', '.join(changed)})" if changed else "")
    )


def _seeds(cells: Iterable) -> str:
    seeds = sorted({f["seed"] for f in map(cell_fields, cells) if "seed" in f})
    if not seeds:
        return ""
    contiguous = seeds == list(range(seeds[0], seeds[-1] + 1)) and len(seeds) > 2
    return (
        f", seeds {seeds[0]} to {seeds[-1]}" if contiguous else f", seeds {', '.join(map(str, seeds[:12]))}"
    )


def duration(seconds: float) -> str:
    """Return a time as text a person reads: ``0.8 s``, ``42 s``, ``3.5 min``, ``1.2 h``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def text(name: str, scale: str, parameters: Mapping, studies: Iterable[Study], record: Mapping) -> str:
    """Return the passport as a MyST dropdown with one line for each fact."""
    state = provenance.git_state(repository_root())
    times = recorded_times()
    known = times["pages"].get(f"{name}@{scale}")
    if known:
        spent = f"{duration(known['wall_s'])}, {known['peak_mb']:.0f} MB at most ({times['machine']}, {times['date']})"
    else:
        spent = f"{duration(record['wall_s'])}, {record['peak_mb']:.0f} MB at most (this run)"
    facts = [
        (
            "Commit",
            f"`{state['commit'][:10]}`" + (" with uncommitted changes" if state["dirty"] else "")
            if state["commit"]
            else "not a git checkout",
        ),
        ("Scale", f"`{scale}`"),
        (
            "Parameters",
            ", ".join(f"`{k} = {v!r}`" for k, v in parameters.items()) or "none besides the scale",
        ),
        ("Results", "; ".join(dict.fromkeys(_source(s, scale) for s in studies)) or "computed on this page"),
        ("Wall time, memory", spent),
        (
            "Versions",
            f"Python {platform.python_version()}, " + ", ".join(f"{p} {version(p)}" for p in PACKAGES),
        ),
        ("Machine", provenance.machine_summary()),
        ("Rebuild", f"`make page PAGE={name}" + (f" SCALE={scale}`" if scale != "paper" else "`")),
    ]
    lines = "\n".join(f"{term}\n: {value}\n" for term, value in facts)
    return f"::::{{admonition}} Passport of this page\n:class: dropdown passport\n\n{lines}\n::::\n"
