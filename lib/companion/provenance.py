"""Where a number was made: commit, versions, machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import threadpoolctl

_INSTRUCTION_SETS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def git_state(root: Path) -> dict[str, Any]:
    """Return the commit of a checkout and whether ``lib/`` in it differs from that commit.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.

    Returns
    -------
    dict
        ``commit`` (str, or None outside a git checkout) and ``dirty`` (bool, or None).
    """
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain", "--", "lib")
    return {"commit": commit, "dirty": None if commit is None else bool(changes)}


def commit_time(root: Path) -> int:
    """Return the time of the commit in seconds since 1970: the stamp of files that a build writes.

    Outside a git checkout it is 0.
    """
    return int(_git(root, "log", "-1", "--format=%ct") or 0)


def versions(packages: Iterable[str] = ("numpy", "scipy")) -> dict[str, str]:
    """Return the version of Python and of each installed package among those named."""
    found = {"python": platform.python_version()}
    for package in sorted(set(packages)):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # a module of the standard library
    return found


def processor() -> str:
    """Return the model of the processor."""
    for key, value in _cpu_fields():
        if key == "model name":
            return value
    return platform.processor() or platform.machine()


def _cpu_fields() -> list[tuple[str, str]]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return []
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def machine() -> dict[str, Any]:
    """Return what of this machine can move the last digits of a number: processor, BLAS kernels and so on."""
    flags = next((value.split() for key, value in _cpu_fields() if key in ("flags", "Features")), [])
    blas = {
        f"{pool['internal_api']} {pool.get('version')} ({pool.get('architecture', 'unknown kernels')})"
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "instruction_sets": [name for name in _INSTRUCTION_SETS if name in flags],
        "blas": sorted(blas),
        "system": f"{platform.system()} {platform.machine()}",
    }


def now() -> str:
    """Return the present moment, UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def machine_summary() -> str:
    """Return the machine in a few words: processor, cores, system."""
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
