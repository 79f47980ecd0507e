"""The site under test, served on this machine, and the browser that looks at it."""

import os
import shutil
from pathlib import Path

import pytest
from checks import opened, serving
from playwright.sync_api import sync_playwright

from companion.paths import build_directory

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def folder() -> Path:
    """The folder of the site: COMPANION_SITE, or _build/html. Nothing is built here."""
    named = Path(os.environ.get("COMPANION_SITE") or build_directory() / "html").resolve()
    if not (named / "index.html").is_file():
        pytest.fail(
            f"There is no site in {named}: `make book` and then `make browser` test the book, `make test` builds a "
            "small one for itself; COMPANION_SITE names the folder of another site.",
            pytrace=False,
        )
    return named


@pytest.fixture(scope="session")
def address(folder):
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("These tests need Chromium (on Debian: apt-get install chromium).", pytrace=False)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser):
    """A tab of its own; what went wrong in it is in ``tab.problems``."""
    with opened(browser) as (tab, problems):
        tab.problems = problems
        yield tab
