"""What every page of a site must hold to, checked in a real browser: each function returns problems, in words."""

import functools
import http.server
import json
import re
import threading
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
from playwright.sync_api import TimeoutError

QUESTIONS = (Path(__file__).parent / "questions.js").read_text(encoding="utf-8")

LEFTOVERS = {
    r"\\[(\[]": "a raw formula",
    r"\$\$": "a raw formula",
    r"\\begin\{": "a raw formula",
    r"(?<![\w$])\$[^$\n]{1,60}\$(?![\w$])": "a raw formula",
    r"\{[a-z][a-z:-]*\}`": "an unread role",
    r":::": "an unread directive",
}


class _Ids(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        self.found.update(value for name, value in attrs if name == "id" or (name == "name" and tag == "a"))


@functools.lru_cache(maxsize=512)
def ids(file: Path) -> frozenset[str]:
    """Return the anchors of an HTML file."""
    parser = _Ids()
    parser.feed(file.read_text(encoding="utf-8"))
    return frozenset(parser.found)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def serving(folder: Path):
    """Serve a folder on this machine and give its address, without a slash at the end."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def opened(browser, **options):
    """Give a tab of its own and the list in which its problems gather; requests to the outside are stopped."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    tab, problems = context.new_page(), []

    def route(route):
        if urlsplit(route.request.url).hostname in (None, "127.0.0.1"):
            route.continue_()
        else:
            problems.append(f"asks {route.request.url}")
            route.abort()

    def answered(response):
        if response.status >= 400:
            problems.append(f"gets {response.status} for {response.url}")

    # The reference has more than a thousand formulas to draw, on a machine that may be doing other things.
    tab.set_default_navigation_timeout(90_000)
    tab.route("**/*", route)
    tab.on("response", answered)
    tab.on("console", lambda m: problems.append(f"logs the error {m.text}") if m.type == "error" else None)
    tab.on("pageerror", lambda error: problems.append(f"throws {error}"))
    try:
        yield tab, problems
    finally:
        context.close()


def ask(tab, question: str):
    """Return the answer of a function in questions.js."""
    return tab.evaluate(f"({QUESTIONS}).{question}()")


def examine(tab, problems: list[str], address: str, folder: Path, page: str, *, notebook: bool) -> list[str]:
    """Return every problem of one page (its path below the site without the ending)."""
    tab.goto(f"{address}/{page}.html", wait_until="load")
    facts = ask(tab, "facts")
    problems += _text_problems(facts)
    problems += _image_problems(facts)
    problems += [p for link in sorted(set(facts["links"])) for p in link_problems(link, address, folder)]
    if notebook:
        problems += _notebook_problems(facts, address, folder)
    problems += _width_problems(tab)
    problems += _contrast_problems(tab)
    return problems


def _text_problems(facts) -> list[str]:
    problems = [
        f"shows {what}: {found.group()!r}"
        for pattern, what in LEFTOVERS.items()
        if (found := re.search(pattern, facts["text"]))
    ]
    problems += [f"leaves a formula unrendered: {text}" for text, count in facts["formulas"] if count == 0]
    problems += [f"has a formula with an error: {text}" for text in facts["wrongFormulas"]]
    if facts["headings"] != 1 or not facts["title"].strip() or not facts["language"]:
        problems.append(
            f"needs one h1, a title and a language; has {facts['headings']} h1, {facts['title']!r}"
        )
    return problems


def _image_problems(facts) -> list[str]:
    problems = []
    for image in facts["images"]:
        if not image["alt"].strip() or re.fullmatch(r"\S*\.(png|svg|jpe?g)", image["alt"]):
            problems.append(f"has no alt text for {image['src']}")
        if image["width"] == 0:
            problems.append(f"has an image that does not load: {image['src']}")
    problems += [
        f"has a figure one can see through: {f['src']}" for f in facts["figures"] if f["alpha"] < 255
    ]
    return problems


def link_problems(link: str, address: str, folder: Path) -> list[str]:
    """Return what is wrong with a link as the browser resolved it; links to the outside are not followed."""
    if not link.startswith(address):
        return []
    parts = urlsplit(link)
    file = folder / unquote(parts.path).lstrip("/")
    file = file / "index.html" if file.is_dir() else file
    if not file.is_file():
        return [f"links to {parts.path}, which is not there"]
    anchor = unquote(parts.fragment)
    if anchor and file.suffix == ".html" and anchor not in ids(file):
        return [f"links to {parts.path}#{anchor}, but that page has no such place"]
    return []


def _notebook_problems(facts, address: str, folder: Path) -> list[str]:
    problems = [] if facts["passport"] else ["has no passport"]
    sources = {url for url in facts["notebook"] if url.startswith(address)}
    if not sources:
        problems.append("offers no notebook for download")
    for url in sources:
        cells = json.loads((folder / unquote(urlsplit(url).path).lstrip("/")).read_text(encoding="utf-8"))[
            "cells"
        ]
        if not any(cell.get("outputs") for cell in cells):
            problems.append("offers a notebook that was not executed")
    for figure, urls in facts["downloads"]:
        files = [folder / unquote(urlsplit(url).path).lstrip("/") for url in urls]
        if sorted(f.suffix for f in files) != [".csv", ".png", ".svg"]:
            problems.append(f"offers {[f.name for f in files]} for {figure} instead of svg, png and csv")
        for file in files:
            if file.suffix == ".csv" and file.is_file() and pd.read_csv(file).empty:
                problems.append(f"offers an empty table for {figure}")
    return problems


def _width_problems(tab) -> list[str]:
    problems = []
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        facts = ask(tab, "widths")
        if facts["width"] > width:
            problems.append(
                f"scrolls sideways at {width} px (it is {facts['width']} px wide: {', '.join(facts['reasons'])})"
            )
        problems += [f"has a table that leaves the screen at {width} px: {name}" for name in facts["tables"]]
    return problems


def _contrast_problems(tab) -> list[str]:
    problems = []
    tab.set_viewport_size({"width": 1280, "height": 900})
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        try:
            tab.wait_for_function(
                "theme => document.documentElement.dataset.theme === theme", arg=theme, timeout=5000
            )
        except TimeoutError:
            problems.append(f"does not follow the system to the {theme} theme")
        problems += [f"has faint text in the {theme} theme: {text}" for text in ask(tab, "contrast")]
    return problems
