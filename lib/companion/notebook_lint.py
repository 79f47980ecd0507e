"""The house rules of notebooks, checked: thin cells, no training loops, declared parameters, an opening and a close."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

from companion.notebooks import CodeCell, code_cells, front_matter

LONGEST_CELL = 15
LONGEST_LOOP = 6
LONGEST_FUNCTION = 4
ALLOWED_IMPORTS = {"twolayer", "studies", "companion", "numpy", "pandas", "matplotlib", "math", "itertools"}
CLOSING = ("What to take away", "One thing to try")


def lint(path: Path, name: str) -> list[str]:
    """Return the problems of one notebook, each with its line.

    Parameters
    ----------
    path : Path
        The MyST notebook.
    name : str
        Its name below ``book/`` without the ending.
    """
    text = path.read_text(encoding="utf-8")
    cells = code_cells(text)
    problems = [f"{path}:{line}: {message}" for line, message in _structure(text, cells, name)]
    for cell in cells:
        problems += [f"{path}:{line}: {message}" for line, message in _code(cell)]
    problems += [f"{path}:{line}: {message}" for line, message in _missing_names(cells)]
    return problems


def _structure(text: str, cells: list[CodeCell], name: str):
    header = front_matter(text)
    if header.get("kernelspec", {}).get("name") != "python3":
        yield 1, "the header must name the kernel python3"
    if header.get("jupytext", {}).get("text_representation", {}).get("format_name") != "myst":
        yield 1, "the header must hold jupytext: text_representation: format_name: myst"
    if not cells:
        yield 1, "a notebook without code cells: drop the kernelspec"
        return
    if "parameters" not in cells[0].tags or not re.search(r'^scale = "paper"', cells[0].source, re.MULTILINE):
        yield cells[0].line, 'the first code cell must be tagged parameters and set scale = "paper"'
    code = "\n".join(c.source for c in cells)
    if f'Page("{name}"' not in code:
        yield cells[0].line, f'a cell must open the page with Page("{name}", scale, ...)'
    if cells[-1].source.strip() != "page.passport()":
        yield cells[-1].line, "the last code cell must be page.passport() and nothing else"
    body = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.MULTILINE | re.DOTALL)
    prose = body[: body.index("{code-cell}")]
    if not re.search(r"^# \S", prose, re.MULTILINE) or len(prose.split()) < 60:
        yield 1, "before the first code cell: a title and what the section claims and what we will see"
    headings = re.findall(r"^## (.+)$", body, re.MULTILINE)
    if tuple(headings[-2:]) != CLOSING:
        yield len(text.splitlines()), f"the last two sections must be {CLOSING[0]!r} and {CLOSING[1]!r}"


def _code(cell: CodeCell):
    lines = [line for line in cell.source.splitlines() if line.strip()]
    if len(lines) > LONGEST_CELL:
        yield (
            cell.line,
            f"{len(lines)} lines of code; {LONGEST_CELL} is the most (move the work to lib/studies)",
        )
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        yield cell.line + (error.lineno or 1) - 1, f"not Python: {error.msg}"
        return
    for node in ast.walk(tree):
        line = cell.line + getattr(node, "lineno", 1) - 1
        if isinstance(node, ast.While):
            yield line, "a while loop: iteration belongs in lib/"
        elif isinstance(node, ast.For):
            length = node.end_lineno - node.lineno + 1
            updates = [n for n in ast.walk(node) if isinstance(n, ast.AugAssign)]
            if length > LONGEST_LOOP or updates:
                yield (
                    line,
                    "a loop that computes (long, or updating a value): a training loop belongs in lib/",
                )
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                yield line, f"a definition of more than {LONGEST_FUNCTION} lines belongs in lib/"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for module in modules:
                if module.split(".")[0] not in ALLOWED_IMPORTS:
                    yield (
                        line,
                        f"import of {module}: notebooks import {', '.join(sorted(ALLOWED_IMPORTS))} only",
                    )


def _missing_names(cells: list[CodeCell]):
    """Report what a notebook takes from a module that the module does not have.

    A name renamed in ``lib/`` is found here in seconds, not when the page is executed. The modules are imported.
    """
    bound = {}
    for cell in cells:
        try:
            nodes = [n for n in ast.walk(ast.parse(cell.source)) if hasattr(n, "lineno")]
        except SyntaxError:
            continue  # reported with the cell
        for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset)):
            try:
                _bind(node, bound)
            except (ImportError, AttributeError) as error:
                yield cell.line + node.lineno - 1, str(error)


def _bind(node: ast.AST, bound: dict):
    """Keep in ``bound`` which names stand for modules; raise where a module or a module's attribute is missing."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if _may_import(alias.name):
                module = importlib.import_module(alias.name)
                root = alias.name.split(".")[0]
                bound[alias.asname or root] = module if alias.asname else importlib.import_module(root)
    elif isinstance(node, ast.ImportFrom) and not node.level and _may_import(node.module):
        source = importlib.import_module(node.module)
        for alias in node.names:
            if not hasattr(source, alias.name) and hasattr(source, "__path__"):  # a package: a module of it
                bound[alias.asname or alias.name] = importlib.import_module(f"{node.module}.{alias.name}")
            elif not hasattr(source, alias.name):
                raise AttributeError(f"module {node.module} has no {alias.name}")
            elif isinstance(getattr(source, alias.name), ModuleType):
                bound[alias.asname or alias.name] = getattr(source, alias.name)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        bound.pop(node.id, None)
    elif isinstance(node, ast.Attribute):
        module = _module_of(node.value, bound)
        if module is not None and not hasattr(module, node.attr):
            raise AttributeError(f"module {module.__name__} has no {node.attr}")


def _module_of(node: ast.AST, bound: dict) -> ModuleType | None:
    """Return the module that an expression such as ``np.linalg`` stands for, or None."""
    if isinstance(node, ast.Name):
        return bound.get(node.id)
    if isinstance(node, ast.Attribute):
        value = getattr(_module_of(node.value, bound), node.attr, None)
        return value if isinstance(value, ModuleType) else None
    return None


def _may_import(name: str) -> bool:
    return name.split(".")[0] in ALLOWED_IMPORTS  # another import is a problem of its own
