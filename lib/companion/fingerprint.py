"""Which code a number depends on, and a digest of it that a comment does not change.

The closure of a study is every module within ``lib/`` that its modules import, directly or not, found by
reading the sources (see `companion.imports`). The digest is taken over the source text with comments,
docstrings, blank lines and trailing white space cut out. The cuts are made in the text itself, not in a
stream of tokens or a printed syntax tree, so the digest is the same under every Python version.

The package ``companion`` is left out of the fingerprint of a study: the machinery carries numbers about but
does not enter them, and a better progress bar must not make every archived table stale. It is part of the
closure of a notebook, whose page it does shape.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from companion import paths
from companion.imports import MACHINERY, import_closure, parse, read_source
from companion.study import Study


@dataclass(frozen=True)
class StudyFingerprint:
    """What the numbers of a study depend on.

    Parameters
    ----------
    value : str
        16 hexadecimal digits; equal if and only if ``modules`` and ``inputs`` are.
    modules : dict of str to str
        Digest of each module in the closure.
    inputs : dict of str to str
        SHA-256 of each archived table that the study reads.
    """

    value: str
    modules: dict[str, str]
    inputs: dict[str, str]


def _docstrings(tree: ast.Module) -> list[ast.Constant]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
            first = node.body[0]
            constant = first.value if isinstance(first, ast.Expr) else None
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                found.append(constant)
    return found


def _column(line: str, byte_offset: int) -> int:
    return len(line.encode("utf-8")[:byte_offset].decode("utf-8"))


def normalise(source: str, where: str = "source") -> str:
    """Return source text without what cannot change a number.

    Comments with the white space before them, docstrings, trailing white space and blank lines go. Lines that
    end inside a string keep their end, since there it is data.

    Raises
    ------
    ValueError
        If the source is not valid Python; the message says where.
    """
    tree = parse(source, where)
    lines: list[str] = source.replace("\r\n", "\n").split("\n")
    kept = [list(line) for line in lines]  # one list of characters a line; a cut character becomes ""
    inside_string: set[int] = set()
    docstrings = _docstrings(tree)
    cut = {id(node) for node in docstrings}
    for node in ast.walk(tree):
        text = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
        )
        if text and id(node) not in cut:
            inside_string.update(range(node.lineno - 1, node.end_lineno - 1))
    for node in docstrings:
        for number in range(node.lineno - 1, node.end_lineno):
            line = lines[number]
            start = _column(line, node.col_offset) if number == node.lineno - 1 else 0
            stop = _column(line, node.end_col_offset) if number == node.end_lineno - 1 else len(line)
            kept[number][start:stop] = [""] * (stop - start)
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            (number, start), (_, stop) = token.start, token.end
            start = len(lines[number - 1][:start].rstrip())
            kept[number - 1][start:stop] = [""] * (stop - start)
    out = []
    for number, characters in enumerate(kept):
        line = "".join(characters)
        if number not in inside_string:
            line = line.rstrip()
            if not line:
                continue
        out.append(line)
    return "\n".join(out) + "\n"


def source_digest(file: Path) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of a normalised source file."""
    return _digest(read_source(file), str(file))


@functools.lru_cache(maxsize=4096)  # a build asks for the same modules once a page
def _digest(source: str, where: str) -> str:
    return hashlib.sha256(normalise(source, where).encode("utf-8")).hexdigest()[:16]


def combine(digests: Mapping[str, str]) -> str:
    """Return one digest of named digests, whatever their order."""
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def fingerprint(modules: Mapping[str, Path]) -> str:
    """Return the digest of a closure, as `companion.imports.import_closure` gives it."""
    return combine({name: source_digest(file) for name, file in modules.items()})


def code_digests(modules: Iterable[str], lib_root: Path | None = None) -> dict[str, str]:
    """Return the digest of each module that numbers computed by ``modules`` depend on."""
    closure = import_closure(modules, lib_root or paths.library_directory(), exclude=MACHINERY)
    return {name: source_digest(file) for name, file in closure.items()}


def study_fingerprint(study: Study) -> StudyFingerprint:
    """Return what the numbers of a study depend on: its code, and the archived tables that it reads.

    Parameters
    ----------
    study : Study
        The experiment.

    Returns
    -------
    StudyFingerprint

    Raises
    ------
    FileNotFoundError
        If a table that the study reads is not archived; the message says how to make it.
    """
    modules = code_digests(study.modules())
    inputs = {}
    for name in study.inputs:
        table = paths.results_directory() / f"{name}.csv"
        if not table.is_file():
            raise FileNotFoundError(
                f"study {study.name} reads the archived table of {name}, and {table} is not there: "
                f"run `make run STUDY={name}` first"
            )
        inputs[name] = hashlib.sha256(table.read_bytes()).hexdigest()
    value = combine({**modules, **{f"table {name}": digest for name, digest in inputs.items()}})
    return StudyFingerprint(value, modules, inputs)
