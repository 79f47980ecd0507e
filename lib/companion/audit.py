"""Recompute a random sample of the archived cells and compare: no number outlives the code that made it.

A table is *stale* when the code that it depends on is no longer the code that computed it. A stale table
fails the audit until the study is run again, or until `verify_and_resign` has recomputed a sample of its
cells with the new code and found every number again.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from companion import paths, provenance, rawdata, registry
from companion.archive import (
    ArchivedTable,
    ArchiveError,
    is_stale,
    open_archive,
    sidecar_path,
    write_sidecar,
)
from companion.fingerprint import study_fingerprint
from companion.recomputation import plan_sample, recompute
from companion.study import Study


class VerificationError(ArchiveError):
    """A stale table cannot be signed for the new code; the message says why."""


@dataclass(frozen=True)
class StudyAudit:
    """What the audit of one study compared, what is wrong, and what was left out and why."""

    study: str
    compared: int = 0
    cells: int = 0
    seconds: float = 0.0
    problems: tuple[str, ...] = ()
    skipped: str = ""

    def __str__(self) -> str:
        verdict = "FAILED" if self.problems else "agrees" if self.compared else "not compared"
        line = f"{verdict}: {self.study}, {self.compared} of {self.cells} cells in {self.seconds:.1f} s"
        notes = [f"({self.skipped})"] if self.skipped else []
        return "\n  ".join([line, *notes, *self.problems])


@dataclass(frozen=True)
class AuditReport:
    """The audit of all studies."""

    seed: str
    studies: tuple[StudyAudit, ...]
    orphans: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.orphans and not any(item.problems for item in self.studies)

    def __str__(self) -> str:
        lines = [f"audit of {len(self.studies)} studies, seed {self.seed}", *map(str, self.studies)]
        lines += [f"FAILED: {item} belongs to no study" for item in self.orphans]
        lines.append("audit passed" if self.ok else "audit FAILED")
        return "\n".join(lines)


def _default_seed(tables: Mapping[str, ArchivedTable]) -> str:
    commit = provenance.git_state(paths.repository_root())["commit"]
    digests = "".join(tables[name].sidecar["table"]["sha256"] for name in sorted(tables))
    return commit or hashlib.sha256(digests.encode("ascii")).hexdigest()


def _orphans(studies: Iterable[Study]) -> tuple[str, ...]:
    root, known = paths.results_directory(), {study.name for study in studies}
    names = (file.relative_to(root).with_suffix("").as_posix() for file in root.rglob("*.csv"))
    return tuple(f"results/{name}.csv" for name in sorted(names) if name not in known)


def audit(
    budget_seconds: float = 120.0,
    seed: int | str | None = None,
    studies: Iterable[Study] | None = None,
    workers: int = 2,
) -> AuditReport:
    """Recompute a random sample of the archived cells of the paper scale and compare.

    Parameters
    ----------
    budget_seconds : float
        For the sum of the archived wall times of the chosen cells. On a slower machine the audit stops
        waiting after twice this time, once each study has one cell compared.
    seed : int, str or None
        Of the sample; by default the commit, so that every commit checks other cells.
    studies : iterable of Study or None
        All studies by default, and then a table that belongs to none fails the audit, too.
    workers : int
        Processes.

    Returns
    -------
    AuditReport
        A missing, damaged or stale table is a problem, as is every number outside its tolerance. A study
        whose raw data are absent is left out and said to be.
    """
    if not budget_seconds > 0:
        raise ValueError(f"budget_seconds must be positive, got {budget_seconds!r}")
    chosen_studies = registry.all_studies() if studies is None else list(studies)
    results: dict[str, StudyAudit] = {}
    tables: dict[str, ArchivedTable] = {}
    for study in chosen_studies:
        try:
            archived, changed = open_archive(study), is_stale(study)
        except (ArchiveError, FileNotFoundError) as error:
            results[study.name] = StudyAudit(study.name, problems=(str(error),))
            continue
        count = archived.sidecar["cells"]["count"]
        absent = [name for name in study.requires if not rawdata.is_available(name)]
        if changed:
            problem = (
                f"{study.name} is stale, changed since it was computed: {', '.join(changed)}. `make run "
                f"STUDY={study.name}` computes it again; if the numbers should be the same, `make resign "
                f"STUDY={study.name}` verifies a sample"
            )
            results[study.name] = StudyAudit(study.name, cells=count, problems=(problem,))
        elif absent:
            reason = f"skipped: the raw data {', '.join(absent)} are absent, `make data` gets them"
            results[study.name] = StudyAudit(study.name, cells=count, skipped=reason)
        else:
            tables[study.name] = archived
    seed_text = _default_seed(tables) if seed is None else str(seed)
    times = {name: archived.sidecar["seconds"]["each"] for name, archived in tables.items()}
    plan, skipped = plan_sample(times, budget_seconds, seed_text) if times else ({}, {})
    deadline = time.monotonic() + 2 * budget_seconds
    for study in chosen_studies:
        if study.name in skipped:
            count, reason = len(times[study.name]), f"skipped: {skipped[study.name]}"
            results[study.name] = StudyAudit(study.name, cells=count, skipped=reason)
        elif study.name in plan:
            began = time.monotonic()
            planned = plan[study.name]
            compared, problems = recompute(study, tables[study.name], planned, workers, deadline)
            cut = f"stopped after {compared} of {len(planned)} chosen cells: the time is used up"
            results[study.name] = StudyAudit(
                study.name,
                compared,
                len(times[study.name]),
                time.monotonic() - began,
                tuple(problems),
                cut if 0 < compared < len(planned) else "",
            )
    ordered = tuple(results[study.name] for study in chosen_studies)
    return AuditReport(seed_text, ordered, _orphans(chosen_studies) if studies is None else ())


@dataclass(frozen=True)
class Resignature:
    """The record of a verification, as it stands in the sidecar."""

    study: str
    record: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.study} is verified for the new code: {json.dumps(self.record)}"


def verify_and_resign(
    study: Study, count: int | None = None, fraction: float = 0.05, workers: int = 2
) -> Resignature:
    """Sign a stale table for the present code after finding a sample of its numbers again.

    A refactoring changes the code but not the numbers, and should not force hours of recomputation. So this
    recomputes a stated number of cells, chosen at random by the new fingerprint, which nobody can choose at
    will, and signs only if every number of every one of them lies within its tolerance. That is honest
    because it hides nothing: the original provenance stays, and every signature is added to the sidecar's
    list ``verified`` with its date, commit, both fingerprints and the number of cells that were verified. A
    change that moves only rare cells can slip through; the audit, which draws other cells at every commit,
    goes on looking for it.

    Parameters
    ----------
    study : Study
        Its table must be stale and undamaged, and hold the cells that the study has now.
    count : int or None
        How many cells; by default ``fraction`` of them, but at least five. Never more than there are.
    fraction : float
        Between 0 and 1.
    workers : int
        Processes.

    Returns
    -------
    Resignature

    Raises
    ------
    VerificationError
        If the table is not stale, or holds other cells, or any number differs. Nothing is written then.
    ArchiveError
        If the table is missing or damaged.
    companion.rawdata.MissingDataError
        If the study needs raw data that are absent.
    ValueError
        If ``count`` or ``fraction`` is out of range.
    """
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"count must be a positive integer, got {count!r}")
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be in (0, 1], got {fraction!r}")
    archived, changed = open_archive(study), is_stale(study)
    if not changed:
        raise VerificationError(f"{study.name} is not stale: its code is the code that computed it")
    for name in study.requires:
        rawdata.require(name)
    now, sidecar = study_fingerprint(study), archived.sidecar
    total = sidecar["cells"]["count"]
    wanted = min(total, count if count is not None else max(5, math.ceil(fraction * total)))
    positions = sorted(random.Random(now.value).sample(range(total), wanted))
    compared, problems = recompute(study, archived, positions, workers)
    if problems:
        raise VerificationError(
            f"{study.name} is not signed: recomputing {compared} of {total} cells found\n"
            + "\n".join(problems)
        )
    record = {
        "date": provenance.now(),
        **provenance.git_state(paths.repository_root()),
        "old_fingerprint": sidecar["fingerprint"],
        "new_fingerprint": now.value,
        "changed": list(changed),
        "cells_verified": compared,
        "cells": total,
        "seed": now.value,
    }
    signed = {**sidecar, "fingerprint": now.value, "modules": now.modules, "inputs": now.inputs}
    signed["verified"] = [*sidecar["verified"], record]
    write_sidecar(sidecar_path(study.name), signed)
    return Resignature(study.name, record)
