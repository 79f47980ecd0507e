"""Finished cells on disk, one small file each, until the table of their study is assembled.

This is what makes a run resumable: a cell is stored whole the moment it is finished, and a file that is
damaged in any way counts as missing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.atomic import remove_leftovers, write_atomically
from companion.study import cell_fields, cell_key


@dataclass(frozen=True)
class StoredCell:
    """The rows of a finished cell, how long it took, and on which processor."""

    rows: list[dict[str, Any]]
    seconds: float
    processor: str


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()


class CellStore:
    """The finished cells of one study, at one scale, made by one version of the code.

    Parameters
    ----------
    directory : pathlib.Path
        See `companion.paths.cells_directory`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        if directory.is_dir():
            remove_leftovers(directory)

    def path(self, cell: Any) -> Path:
        """Return the file of a cell."""
        return self._directory / f"{cell_key(cell)}.json"

    def write(self, cell: Any, stored: StoredCell) -> None:
        """Store a finished cell, at once and whole."""
        content = {"cell": cell_fields(cell), **vars(stored)}
        body = json.dumps(content, ensure_ascii=True)
        document = f'{{"sha256": "{_digest(body)}",\n"content": {body}}}\n'
        write_atomically(self.path(cell), document.encode("ascii"))

    def read(self, cell: Any) -> StoredCell | None:
        """Return a finished cell, or None if it is missing, truncated, edited or another cell's."""
        try:
            text = self.path(cell).read_text(encoding="ascii")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        head, separator, rest = text.partition(',\n"content": ')
        body = rest.removesuffix("}\n")
        if not separator or head != f'{{"sha256": "{_digest(body)}"':
            return None
        content = json.loads(body)
        if content.pop("cell") != cell_fields(cell):
            return None
        return StoredCell(**content)
