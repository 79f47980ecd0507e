"""Which pages must run again: a content hash over everything that enters a page's numbers.

The key of a page covers its code cells (not its prose), the modules of ``lib/`` that they import, directly or not,
its parameters, the lock of the environment, the ledger entries that it settles, and the archived tables that it
read the last time it ran. Touching a file without changing it changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from companion.fingerprint import fingerprint
from companion.imports import notebook_closure
from companion.notebooks import code_cells


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or ``absent``."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "absent"


def page_key(root: Path, source: Path, name: str, parameters: Mapping, files_read: list[str]) -> str:
    """Return the key of a page; equal keys mean that running it again would give the same."""
    cells = [[c.options, c.source] for c in code_cells(source.read_text(encoding="utf-8"))]
    closure = notebook_closure(source, root / "lib")
    claims = root / "book" / "claims.yml"
    entries = [
        block
        for block in claims.read_text(encoding="utf-8").split("\n- ")
        if f"page: {name}\n" in block + "\n"
    ]
    facts = {
        "cells": cells,
        "library": fingerprint(closure),
        "parameters": dict(parameters),
        "environment": digest(root / "requirements.lock"),
        "claims": entries,
        "read": {f: digest(root / f) for f in sorted(files_read)},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
