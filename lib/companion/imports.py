"""Which modules within ``lib/`` a piece of code imports, directly or not, found by reading: nothing is run.

Absolute, relative and function-level imports count, ``from package import module`` too, and the
``__init__.py`` of every package on the way. An import whose name is only known at run time is not seen.
"""

from __future__ import annotations

import ast
import functools
import tokenize
from collections.abc import Iterable
from pathlib import Path

from companion.notebooks import code_cells

MACHINERY = ("companion",)


def module_file(name: str, lib_root: Path) -> Path | None:
    """Return the file of a module or package within ``lib_root``, or None where there is none."""
    stem = lib_root.joinpath(*name.split("."))
    for candidate in (stem.with_name(stem.name + ".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def module_name(file: Path, lib_root: Path) -> str:
    """Return the dotted name of a file within ``lib_root``."""
    parts = list(file.resolve().relative_to(lib_root.resolve()).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def parse(source: str, where: str) -> ast.Module:
    """Return the syntax tree of a source, or raise a ValueError that says where it is not valid Python."""
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"{where}, line {error.lineno}: not valid Python: {error.msg}") from None


def imported_names(tree: ast.AST, package: str = "") -> set[str]:
    """Return every dotted name that a module may import, at any depth of the code.

    ``from a import b`` gives ``a`` and ``a.b``, since ``b`` may be a module; relative imports are resolved in
    ``package``; ``importlib.import_module("a.b")`` with a literal name counts. Cost: one walk of the tree.
    """
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                anchor = parents[: len(parents) - node.level + 1]
                base = ".".join([*anchor, *([node.module] if node.module else [])])
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: k + 1]) for k in range(len(parts))]


@functools.lru_cache(maxsize=4096)  # a build asks for the same modules once a page
def _imports_of(source: str, where: str, package: str) -> frozenset[str]:
    return frozenset(imported_names(parse(source, where), package))


def _closure(
    names: Iterable[str], lib_root: Path, exclude: Iterable[str]
) -> tuple[dict[str, Path], set[str]]:
    """Return the modules within ``lib_root`` reached from ``names``, and the names that lie outside it."""
    excluded = set(exclude)
    waiting, seen = list(names), set()
    modules: dict[str, Path] = {}
    outside: set[str] = set()
    while waiting:
        for name in _with_parents(waiting.pop()):
            if name in seen or name.split(".")[0] in excluded:
                continue
            seen.add(name)
            file = module_file(name, lib_root)
            if file is None:
                top = name.split(".")[0]
                if not (lib_root / top).is_dir() and module_file(top, lib_root) is None:
                    outside.add(top)
                continue
            modules[name] = file
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            waiting.extend(item for item in _imports_of(read_source(file), str(file), package) if item)
    return modules, outside


def read_source(file: Path) -> str:
    """Return the text of a Python file, in the encoding that it declares."""
    with tokenize.open(file) as stream:
        return stream.read()


def _start_names(files_or_modules: Iterable[str | Path], lib_root: Path) -> list[str]:
    names = []
    for item in files_or_modules:
        name = module_name(item, lib_root) if isinstance(item, Path) else item
        if module_file(name, lib_root) is None:
            raise FileNotFoundError(f"no module {name!r} within {lib_root}")
        names.append(name)
    return names


def import_closure(
    files_or_modules: Iterable[str | Path], lib_root: Path, exclude: Iterable[str] = ()
) -> dict[str, Path]:
    """Return every module within ``lib_root`` that the given ones import, themselves included.

    Parameters
    ----------
    files_or_modules : iterable of pathlib.Path or str
        Files within ``lib_root`` or dotted module names.
    lib_root : pathlib.Path
        The directory that holds the packages.
    exclude : iterable of str
        Top-level packages that are neither entered nor listed.

    Returns
    -------
    dict of str to pathlib.Path
        Dotted name to file, sorted by name. The ``__init__.py`` of each package passed on the way is among
        them.

    Raises
    ------
    FileNotFoundError
        If a starting module does not exist.
    ValueError
        If a source on the way is not valid Python.
    """
    lib_root = Path(lib_root)
    modules, _ = _closure(_start_names(files_or_modules, lib_root), lib_root, exclude)
    return dict(sorted(modules.items()))


def external_imports(files_or_modules: Iterable[str | Path], lib_root: Path) -> list[str]:
    """Return the top-level names outside ``lib_root`` that the closure imports, such as ``numpy``."""
    lib_root = Path(lib_root)
    return sorted(_closure(_start_names(files_or_modules, lib_root), lib_root, MACHINERY)[1])


def notebook_closure(md_path: Path, lib_root: Path) -> dict[str, Path]:
    """Return every module within ``lib_root`` that the code cells of a MyST notebook import.

    The package ``companion`` is included.

    Parameters
    ----------
    md_path : pathlib.Path
        The notebook as MyST Markdown.
    lib_root : pathlib.Path
        The directory that holds the packages.

    Returns
    -------
    dict of str to pathlib.Path
        Dotted name to file, sorted by name.

    Raises
    ------
    ValueError
        If a cell is not valid Python; the message names the notebook and the cell.
    """
    lib_root, names = Path(lib_root), set()
    for number, cell in enumerate(code_cells(Path(md_path).read_text(encoding="utf-8")), start=1):
        lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in cell.source.split("\n"))
        names |= imported_names(parse("\n".join(lines), f"{md_path}, code cell {number}"))
    modules, _ = _closure(sorted(name for name in names if name), lib_root, ())
    return dict(sorted(modules.items()))
