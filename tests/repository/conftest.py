"""What the tests of the repository share: its root and its committed files."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def committed(root) -> list[Path]:
    """The files that git tracks and that are there, relative to the root."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    names = [Path(name) for name in listing.stdout.split("\0") if name]
    return [name for name in names if (root / name).is_file()]


@pytest.fixture(scope="session")
def committed_text(root, committed) -> dict[Path, str]:
    """The text of each committed file that is text and our own."""
    texts = {}
    for name in committed:
        content = (root / name).read_bytes()
        if b"\0" not in content and "vendor" not in name.parts:
            texts[name] = content.decode("utf-8")
    return texts
