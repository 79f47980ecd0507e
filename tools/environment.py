"""Write environment.yml, the conda face of the environment, from pyproject.toml and requirements.lock.

It names the direct dependencies only, each at the version that the lock holds for the oldest Python the
project supports, and leaves what they need in turn to the installer.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]

HEADER = """\
# Written by `make lock` from pyproject.toml and requirements.lock: change those instead.
# The tests compare these pins with the lock; they parse this file and have no conda channel to solve it with.
name: two-layer-companion
channels:
  - conda-forge
dependencies:
"""


def locked_versions(lock: str, python: str) -> dict[str, str]:
    """Return the version of each package that a lock holds for one version of Python.

    Parameters
    ----------
    lock : str
        The text of a requirements file with exact pins.
    python : str
        Such as ``"3.11"``.

    Returns
    -------
    dict of str to str
        By canonical name.

    Raises
    ------
    ValueError
        If a requirement is not one exact pin.
    """
    markers = {"python_version": python, "python_full_version": f"{python}.0"}
    versions = {}
    for line in re.sub(r"\\\n", " ", lock).splitlines():
        text = line.split(" --hash=")[0].strip()
        if not text or text.startswith("#"):
            continue
        requirement = Requirement(text)
        pin = re.fullmatch(r"==([^*,]+)", str(requirement.specifier))
        if pin is None:
            raise ValueError(f"requirements.lock holds {text!r}, which is not an exact pin: run `make lock`")
        if requirement.marker is None or requirement.marker.evaluate(markers):
            versions[canonicalize_name(requirement.name)] = pin[1]
    return versions


def environment(pyproject: str, lock: str) -> str:
    """Return the text of environment.yml.

    Parameters
    ----------
    pyproject, lock : str
        The texts of pyproject.toml and requirements.lock.

    Returns
    -------
    str
        YAML that conda and repo2docker read.

    Raises
    ------
    ValueError
        If the lock lacks a direct dependency.
    """
    project = tomllib.loads(pyproject)["project"]
    python = project["requires-python"].removeprefix(">=")
    versions = locked_versions(lock, python)
    pins = list(project["optional-dependencies"]["torch"])
    for text in project["dependencies"]:
        name = Requirement(text).name
        version = versions.get(canonicalize_name(name))
        if version is None:
            raise ValueError(f"requirements.lock lacks {name}: run `make lock`")
        pins.append(f"{name}=={version}")
    lines = [f"  - python={python}", "  - pip", "  - pip:"]
    lines += [f"      - {pin}" for pin in pins]
    lines += ["      - -e ."]
    return HEADER + "\n".join(lines) + "\n"


def main() -> None:
    """Write environment.yml at the root of the repository."""
    text = environment(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
        (ROOT / "requirements.lock").read_text(encoding="utf-8"),
    )
    (ROOT / "environment.yml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
