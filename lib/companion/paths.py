"""Where things lie in a checkout: the repository, its archived results, its build directory."""

from __future__ import annotations

import os
from pathlib import Path

ROOT_VARIABLE = "COMPANION_ROOT"


def repository_root() -> Path:
    """Return the root of the checkout that holds ``lib``, ``book`` and ``results``.

    It is the directory that the environment variable ``COMPANION_ROOT`` names, else the checkout in which
    this package lies.

    Returns
    -------
    pathlib.Path
        An absolute path.

    Raises
    ------
    FileNotFoundError
        If there is no such directory.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        root = Path(named).expanduser().resolve()
        if not root.is_dir():
            raise FileNotFoundError(f"{ROOT_VARIABLE} names {root}, which is not a directory")
        return root
    root = Path(__file__).resolve().parents[2]
    if not (root / "lib").is_dir():
        raise FileNotFoundError(
            f"the companion package lies in {root}, which is not a checkout of the repository: install it in "
            f"editable mode from one, or name the checkout in {ROOT_VARIABLE}"
        )
    return root


def library_directory() -> Path:
    """Return ``lib/``, where the packages ``twolayer``, ``studies`` and ``companion`` lie."""
    return repository_root() / "lib"


def build_directory() -> Path:
    """Return ``_build/``, which holds everything that can be made again and is never committed."""
    return repository_root() / "_build"


def results_directory(scale: str = "paper") -> Path:
    """Return where the tables of a scale lie: ``results/`` for ``paper``, ``_build/results/`` for others."""
    if scale == "paper":
        return repository_root() / "results"
    return build_directory() / "results" / scale


def cells_directory(study_name: str, scale: str, fingerprint: str) -> Path:
    """Return where the finished cells of a study wait to be assembled into its table."""
    return build_directory() / "cells" / study_name / scale / fingerprint
