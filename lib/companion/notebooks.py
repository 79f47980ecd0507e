"""The pages of the book as sources: the table of contents, which pages are notebooks, where their cells lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

_FENCE = re.compile(r"^(`{3,})\{code-cell\}.*?$\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
_OPTIONS = re.compile(r"\A(?:---\n.*?^---\n|(?::[\w-]+:[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
_FRONT = re.compile(r"\A---\n(.*?)^---\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class CodeCell:
    """A code cell of a MyST notebook: its tags, its source, and the line of the file where the source starts."""

    options: str
    source: str
    line: int

    @property
    def tags(self) -> set[str]:
        """The cell's tags."""
        block = self.options.strip().removeprefix("---").removesuffix("---")
        options = yaml.safe_load(re.sub(r"^:(?=[\w-]+:)", "", block, flags=re.MULTILINE)) or {}
        return set(options.get("tags") or [])


def front_matter(text: str) -> dict:
    """Return the YAML header of a MyST file, empty where there is none."""
    found = _FRONT.match(text)
    return (yaml.safe_load(found.group(1)) or {}) if found else {}


def is_notebook(path: Path) -> bool:
    """Tell whether a page has code to run: its header names a kernel."""
    return "kernelspec" in front_matter(path.read_text(encoding="utf-8"))


def code_cells(text: str) -> list[CodeCell]:
    """Return the code cells of a MyST notebook in order."""
    cells = []
    for found in _FENCE.finditer(text):
        body = found.group(2)
        options = _OPTIONS.match(body)
        head = options.group(0) if options else ""
        rest = body[len(head) :]
        blank = len(rest) - len(rest.lstrip("\n"))
        line = text.count("\n", 0, found.start(2)) + 1 + head.count("\n") + blank
        cells.append(CodeCell(head, rest.strip("\n"), line))
    return cells


def contents(toc: Path) -> list[str]:
    """Return the pages of ``_toc.yml`` in reading order, as paths without endings below the repository root."""
    pages: list[str] = []

    def walk(node) -> None:
        if isinstance(node, dict):
            for key in ("root", "file"):
                if key in node:
                    pages.append(node[key])
            for key in ("parts", "chapters", "sections"):
                walk(node.get(key, []))
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(yaml.safe_load(toc.read_text(encoding="utf-8")))
    return pages
