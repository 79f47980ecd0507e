"""The reference of the library, made from its docstrings: one section a module, grouped into pages by topic.

``book/api/topics.yml`` says which modules share a page. For each package it maps the name of a topic to patterns of
module names (``crossing*``, ``incremental.*``), relative to the package; every module must match one topic. A package
that it does not name has a single page.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Mapping
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import yaml

PACKAGES = ("twolayer", "studies", "companion")


def modules(package: str) -> list[str]:
    """Return the dotted names of all modules of a package, sorted, its packages left out."""
    found = pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
    return sorted(m.name for m in found if not m.ispkg)


def read_topics(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the topics of each package in their order, and the modules of each.

    Raises
    ------
    ValueError
        If the file is not of the form described above, a module matches no topic or two, or a pattern no module.
    """
    patterns = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(patterns, dict):
        raise ValueError(f"{path} must map packages to topics, got {patterns!r}")
    if unknown := sorted(set(patterns) - set(PACKAGES)):
        raise ValueError(f"{path} names {unknown}; the packages are {list(PACKAGES)}")
    return {package: _assign(package, topics, path) for package, topics in patterns.items()}


def _assign(package: str, topics: Mapping[str, list[str]], path: Path) -> dict[str, list[str]]:
    names, chosen = modules(package), {}
    for topic, wanted in topics.items():
        for pattern in wanted:
            matched = [name for name in names if fnmatchcase(name, f"{package}.{pattern}")]
            if not matched:
                raise ValueError(f"{path}: {pattern!r} of {package}/{topic} is no module of {package}")
            for name in matched:
                if chosen.setdefault(name, topic) != topic:
                    raise ValueError(f"{path}: {name} belongs to {chosen[name]} and to {topic}; leave one")
    if missing := [name for name in names if name not in chosen]:
        raise ValueError(
            f"{path}: no topic of {package} has {', '.join(missing)}; add each to the one it belongs to"
        )
    return {topic: [name for name in names if chosen[name] == topic] for topic in topics}


def fragments(topics: Mapping[str, Mapping[str, list[str]]]) -> dict[str, str]:
    """Return the Markdown of each reference page: ``api-package`` or, for each topic, ``api-package-topic``.

    The former is then an overview: for each topic, the modules and the first sentence of their docstrings.
    """
    pages = {}
    for package in PACKAGES:
        if package not in topics:
            pages[f"api-{package}"] = sections(modules(package))
            continue
        for topic, names in topics[package].items():
            pages[f"api-{package}-{topic}"] = sections(names)
            pages[f"overview-{package}-{topic}"] = overview(names)
    return pages


def sections(names: list[str]) -> str:
    """Return one section a module, filled from the docstrings by Sphinx."""
    lines = []
    for name in names:
        lines += [
            f"## `{name}`",
            "",
            "```{eval-rst}",
            f".. automodule:: {name}",
            "   :members:",
            "   :member-order: bysource",
            "```",
            "",
        ]
    return "\n".join(lines)


def overview(names: list[str]) -> str:
    """Return a definition list of modules, each with the first paragraph of its docstring."""
    lines = ["```{eval-rst}"]
    for name in names:
        opening = (inspect.getdoc(import_module(name)) or "").split("\n\n")[0]
        lines += [f":mod:`{name}`", *(f"   {line}" for line in opening.splitlines()), ""]
    return "\n".join([*lines, "```", ""])
