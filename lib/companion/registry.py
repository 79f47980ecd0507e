"""Find studies by name: every `Study` at the top level of a module of the package ``studies``.

The package is imported by its name at run time, since the machinery may not depend on the experiments.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil

from companion.study import Study

PACKAGE = "studies"


def all_studies(package: str = PACKAGE) -> list[Study]:
    """Return every study, sorted by name.

    Parameters
    ----------
    package : str
        The package whose modules are searched, subpackages included.

    Returns
    -------
    list of Study

    Raises
    ------
    ValueError
        If two studies have the same name, with the modules that hold them.
    """
    root = importlib.import_module(package)
    found: dict[str, tuple[Study, str]] = {}
    for info in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            if not isinstance(value, Study):
                continue
            known, where = found.setdefault(value.name, (value, info.name))
            if known is not value:
                raise ValueError(f"two studies are called {value.name!r}, in {where} and in {info.name}")
    return [found[name][0] for name in sorted(found)]


def find_study(name: str, package: str = PACKAGE) -> Study:
    """Return the study with this name.

    Parameters
    ----------
    name : str
        Such as ``"underdetermined/conditioning"``.
    package : str
        The package whose modules are searched.

    Returns
    -------
    Study

    Raises
    ------
    LookupError
        If there is none; the message lists the names that come closest, and all of them.
    """
    studies = {study.name: study for study in all_studies(package)}
    if name in studies:
        return studies[name]
    by_last_part = [known for known in studies if known.split("/")[1] == name]
    close = by_last_part or difflib.get_close_matches(name, studies, n=3, cutoff=0.8)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    known = ", ".join(studies) or "none"
    raise LookupError(f"there is no study {name!r}{hint or '.'} The studies are: {known}.")
