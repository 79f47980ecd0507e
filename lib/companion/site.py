"""Render the staging folder with Jupyter Book, check what came out, print it, serve it."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from companion import provenance
from companion.paths import repository_root


class RenderError(Exception):
    """The renderer failed or warned; the message holds what it said."""


def render(stage: Path, html: Path, *, toc: Path, strict: bool, builder: str = "html") -> None:
    """Render a staging folder into a site, from scratch, and put it in place in one move.

    Parameters
    ----------
    stage : Path
        Folder that holds ``book/`` with executed notebooks.
    html : Path
        Where the site goes; replaced as a whole.
    toc : Path
        Table of contents.
    strict : bool
        Treat warnings as errors.
    builder : {"html", "singlehtml"}
        A page for each page, or one page for all.

    Raises
    ------
    RenderError
        With the warnings and errors of the renderer, or if the folder to be replaced does not hold a site.
    """
    if html.exists() and any(html.iterdir()) and not (html / "_static").is_dir():
        raise RenderError(f"{html} holds something else than a site; name an empty or a new folder")
    work = html.parent / f".{html.name}-rendering"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(stage.resolve())]
    command += ["--config", str(repository_root() / "_config.yml"), "--toc", str(toc.resolve())]
    command += ["--path-output", str(work), "--builder", builder, "--all", "--keep-going", "-q"]
    command += ["-W"] if strict else []
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(provenance.commit_time(repository_root())),
        "PYTHONHASHSEED": "0",
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    if done.returncode != 0 or (strict and "WARNING" in said):
        raise RenderError("Jupyter Book could not render the book without a warning:\n" + said[-20000:])
    built = work / "_build" / builder
    for leftover in (".buildinfo", "objects.inv.tmp"):
        (built / leftover).unlink(missing_ok=True)
    shutil.rmtree(html, ignore_errors=True)
    shutil.move(str(built), str(html))
    shutil.rmtree(work, ignore_errors=True)


def check_site(html: Path, pages: Sequence[str], records: Mapping[str, Mapping]) -> list[str]:
    """Return the defects of a rendered site: missing pages or figures, tracebacks, images without a description."""
    problems = []
    for name in pages:
        file = html / "book" / f"{name}.html"
        if not file.exists():
            problems.append(f"page {name} was not rendered")
            continue
        text = file.read_text(encoding="utf-8")
        if "Traceback (most recent call last)" in text:
            problems.append(f"page {name} shows a traceback")
        for label in [*records.get(name, {}).get("figures", []), *records.get(name, {}).get("tables", [])]:
            if f'id="{label}"' not in text:
                problems.append(f"page {name} lacks {label}")
        for tag in re.findall(r"<img\b[^>]*>", text):
            # Sphinx fills a missing description with the name of the file: that describes nothing.
            if not re.search(r'alt="(?![^" ]*\.(?:png|svg|jpg)")[^"]+"', tag) and "logo" not in tag:
                problems.append(f"page {name} has an image without alt text: {tag[:120]}")
    return problems


def serve(html: Path, port: int = 8000) -> None:
    """Serve a built site on this machine until interrupted."""
    if not (html / "index.html").exists():
        raise FileNotFoundError(f"there is no site in {html}; `make book` builds it")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"the book is at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def print_pdf(stage: Path, target: Path) -> None:
    """Print the whole book as one PDF through Chromium.

    Raises
    ------
    FileNotFoundError
        Where no Chromium is installed.
    """
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise FileNotFoundError(
            "the PDF is printed by Chromium, which is not installed: apt-get install chromium"
        )
    single = stage.parent.parent / "singlehtml"
    render(stage, single, toc=repository_root() / "_toc.yml", strict=False, builder="singlehtml")
    # The only page lies in book/ but its links start at the root: print it from there.
    page = single / "book.html"
    shutil.copyfile(single / "book" / "index.html", page)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page()
        tab.goto(page.as_uri())
        tab.wait_for_function("() => !window.MathJax || MathJax.startup.promise.then(() => true)")
        tab.pdf(
            path=str(target), format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
        )
        chromium.close()
