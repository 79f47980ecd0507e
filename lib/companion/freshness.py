"""Which pages must run again: a content hash over everything that enters a page's numbers.

The key of a page covers its code cells (not its prose), the modules of ``lib/`` that they import, directly or not,
its parameters, the lock of the environment, the ledger entries that it settles, and the archived tables that it
read the last time it ran. Touching a file without changing it changes nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from companion.claims import Claim, load_claims
from companion.fingerprint import fingerprint
from companion.imports import notebook_closure
from companion.notebooks import code_cells


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or ``absent``."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "absent"


@functools.lru_cache(maxsize=2)
def _claims(path: Path, _digest: str) -> tuple[Claim, ...]:
    """Read the ledger once for all pages; its digest is an argument so that an edit is seen."""
    return tuple(load_claims(path).values())


def page_key(root: Path, source: Path, name: str, parameters: Mapping, files_read: list[str]) -> str:
    """Return the key of a page; equal keys mean that running it again would give the same."""
    cells = [[c.options, c.source] for c in code_cells(source.read_text(encoding="utf-8"))]
    closure = notebook_closure(source, root / "lib")
    ledger = root / "book" / "claims.yml"
    entries = [asdict(claim) for claim in _claims(ledger, digest(ledger)) if claim.page == name]
    facts = {
        "cells": cells,
        "library": fingerprint(closure),
        "parameters": dict(parameters),
        "environment": digest(root / "requirements.lock"),
        "claims": entries,
        "read": {f: digest(root / f) for f in sorted(files_read)},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
