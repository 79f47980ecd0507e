"""The check of a rendered site, the guard of its folder, and the server."""

import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from companion.site import RenderError, check_site, render

PAGE = '<h1>T</h1><figure id="fig-a"><img alt="A line" src="a.svg"/></figure><table id="tab-a"></table>'
RECORDS = {"part/page": {"figures": ["fig-a"], "tables": ["tab-a"]}}


@pytest.fixture
def defects(tmp_path):
    def defects(text):
        if text is not None:
            (tmp_path / "book" / "part").mkdir(parents=True)
            (tmp_path / "book" / "part" / "page.html").write_text(text)
        return check_site(tmp_path, ["part/page"], RECORDS)

    return defects


def test_a_good_page_has_no_defect(defects):
    assert defects(PAGE + '<img class="logo__image" src="logo.png"/>') == []


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        (None, "page part/page was not rendered"),
        (PAGE + "<pre>Traceback (most recent call last)</pre>", "page part/page shows a traceback"),
        (PAGE.replace("fig-a", "fig-b"), "page part/page lacks fig-a"),
        (PAGE.replace("tab-a", "tab-b"), "page part/page lacks tab-a"),
        (PAGE.replace(' alt="A line"', ""), "page part/page has an image without alt text: <img src="),
        (PAGE.replace("A line", ""), "page part/page has an image without alt text: <img alt="),
        (
            PAGE.replace("A line", "../../_images/a.svg"),
            "page part/page has an image without alt text: <img alt=",
        ),
    ],
)
def test_each_defect_is_found(defects, text, defect):
    (found,) = defects(text)
    assert found.startswith(defect)


def test_a_folder_that_holds_no_site_is_not_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    with pytest.raises(
        RenderError, match=re.escape(f"{tmp_path / 'thesis'} holds something else than a site")
    ):
        render(tmp_path, tmp_path / "thesis", toc=tmp_path / "_toc.yml", strict=True)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


def test_the_server_serves_the_site_until_it_is_interrupted(built):
    process = subprocess.Popen(
        [sys.executable, "-m", "companion.cli", "serve", "--port", "0"],
        env=built.environment,
        stdout=subprocess.PIPE,
        text=True,
        # A shell without job control has its background jobs ignore the interrupt, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline()).group()
        with urllib.request.urlopen(f"{address}book/index.html") as answer:
            assert b"A tiny book" in answer.read()
    finally:
        process.send_signal(2)
        assert process.wait(20) == 0
        process.stdout.close()


def test_there_is_nothing_to_serve_before_the_first_build(tiny):
    done = tiny.companion("serve")
    assert done.returncode == 1
    assert "`make book` builds it" in done.stderr
