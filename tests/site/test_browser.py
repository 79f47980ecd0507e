"""Every page of the built site in a real browser, and what the site does as a whole."""

import json
import re

import pytest
from checks import ask, examine, link_problems, opened, serving

from companion.notebooks import contents, is_notebook
from companion.paths import repository_root

pytestmark = pytest.mark.site

PAGES = contents(repository_root() / "_toc.yml")
SCORECARD = "book/scorecard"


@pytest.mark.parametrize("page", PAGES)
def test_page(tab, address, folder, page):
    source = repository_root() / f"{page}.md"
    problems = examine(
        tab, tab.problems, address, folder, page, notebook=source.is_file() and is_notebook(source)
    )
    assert not problems, "\n- ".join([f"{page}:", *problems])


def test_the_front_door_leads_into_the_book(tab, address):
    tab.goto(f"{address}/")
    tab.wait_for_url(f"**/{PAGES[0]}.html")
    assert tab.problems == []


def test_pages_made_by_the_renderer_have_no_dead_links(tab, address, folder):
    for name in ("genindex.html", "search.html"):
        tab.goto(f"{address}/{name}")
        links = set(tab.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)"))
        assert [p for link in links for p in link_problems(link, address, folder)] == []
    assert tab.problems == []


def test_search_finds_a_page_by_a_word_of_its_title(tab, address):
    titles = {}
    for name in PAGES[1:4]:
        tab.goto(f"{address}/{name}.html")
        titles[name] = tab.locator("h1").first.inner_text()
    # The longest word of a few titles: no index leaves it out as too common.
    word, name = max((len(w), w, n) for n, t in titles.items() for w in re.findall(r"[A-Za-z]+", t))[1:]
    tab.goto(f"{address}/search.html?q={word}")
    # Results come in one by one: wait for the page, however far down it is.
    tab.wait_for_selector(f'#search-results li a[href*="{name}.html"]', state="attached")
    assert tab.problems == []


def test_a_search_for_nonsense_finds_nothing(tab, address):
    tab.goto(f"{address}/search.html?q=xyzzyplugh")
    tab.wait_for_function(
        "document.querySelector('#search-results .search-summary')?.textContent.includes('did not match')"
    )
    assert tab.locator("#search-results li").count() == 0


def test_the_theme_switch(tab, address):
    tab.goto(f"{address}/{PAGES[0]}.html")
    seen = set()
    for _ in range(3):
        tab.locator("button.theme-switch-button:visible").first.click()
        theme, ground = tab.evaluate(
            "[document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]"
        )
        seen.add((theme, ground))
    assert {theme for theme, _ in seen} == {"light", "dark"}
    assert len({ground for _, ground in seen}) == 2


def test_a_figure_with_a_slider_is_moved_by_keyboard_and_played(tab, address):
    tab.goto(f"{address}/book/incremental/staircase.html")
    store = tab.locator(".frames").first
    figure = next(c for c in store.get_attribute("class").split() if c.startswith("frames-of-"))[10:]
    bar, picture = tab.locator(f"#{figure} .frames-control"), tab.locator(f"#{figure} img")
    said, seen = bar.locator("output").inner_text(), picture.get_attribute("src")
    bar.locator("input").focus()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function(f"document.querySelector('#{figure} img').naturalWidth > 0")
    assert picture.get_attribute("src").endswith("-frame-01.webp")
    assert picture.get_attribute("src") != seen
    after = bar.locator("output").inner_text()
    assert picture.get_attribute("alt").endswith(f"Shown: {after}")
    bar.locator("button").click()
    tab.wait_for_function(
        f"document.querySelector('#{figure} .frames-control output').textContent !== {json.dumps(after)}"
    )
    assert said
    assert tab.problems == []


def test_the_search_is_reached_by_keyboard(tab, address):
    tab.goto(f"{address}/{PAGES[0]}.html")
    reached = "document.activeElement.matches('.search-button, .search-button-field, input[type=search]')"
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate(reached):
            break
    assert tab.evaluate(reached)
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.activeElement.matches('input[type=search]')")
    tab.keyboard.type("zero")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=zero*")


def cards(tab):
    return tab.locator(".claim-card").evaluate_all(
        "cards => cards.map((c) => ({classes: [...c.classList], shown: c.getClientRects().length > 0,"
        " href: c.querySelector('a').href, verdict: c.querySelector('.verdict').textContent.trim()}))"
    )


def test_the_cards_are_the_claims_of_the_machine_readable_ledger(tab, address, folder):
    facts = json.loads((folder / "claims.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert facts["scale"] in ("quick", "paper")
    tab.goto(f"{address}/{SCORECARD}.html")
    shown = cards(tab)
    assert [(c["href"], c["verdict"]) for c in shown] == [
        (f"{address}/{claim['url']}", claim["verdict"])
        for paper in dict.fromkeys(c["paper"] for c in facts["claims"])
        for claim in facts["claims"]
        if claim["paper"] == paper
    ]
    assert [p for c in shown for p in link_problems(c["href"], address, folder)] == []
    allowed = {
        "reproduced",
        "not reproduced",
        *(["not decided at this scale"] if facts["scale"] == "quick" else []),
    }
    assert {c["verdict"] for c in shown} <= allowed


def test_the_filters_of_the_scorecard(tab, address):
    tab.goto(f"{address}/{SCORECARD}.html")
    everything = cards(tab)
    assert everything
    assert all(c["shown"] for c in everything)
    papers = {k for c in everything for k in c["classes"] if k.startswith("paper-")}
    paper_row, verdict_row = (tab.locator(".scorecard-filter").nth(i) for i in (0, 1))
    assert paper_row.locator("button").count() == len(papers) + 1
    for i, kind in enumerate(("reproduced", "not-reproduced", "undecided"), start=1):
        verdict_row.locator("button").nth(i).click()
        assert verdict_row.locator("button").nth(i).get_attribute("aria-pressed") == "true"
        assert [c["shown"] for c in cards(tab)] == [kind in c["classes"] for c in everything]
    verdict_row.locator("button").first.focus()
    tab.keyboard.press("Enter")
    assert all(c["shown"] for c in cards(tab))
    for i in range(1, len(papers) + 1):
        paper_row.locator("button").nth(i).click()
        shown = [c for c in cards(tab) if c["shown"]]
        assert len({k for c in shown for k in c["classes"] if k.startswith("paper-")}) == 1
    paper_row.locator("button").first.click()
    assert all(c["shown"] for c in cards(tab))
    assert tab.problems == []


def test_without_scripts_every_card_is_there(browser, address):
    with opened(browser, java_script_enabled=False) as (tab, problems):
        tab.goto(f"{address}/{SCORECARD}.html")
        assert all(card.is_visible() for card in tab.locator(".claim-card").all())
        assert tab.locator(".claim-card").count() > 0
        assert problems == []


def test_pages_opened_from_the_disk_show_their_formulas(tab, folder):
    with_formulas = [p for p in PAGES if 'class="math' in (folder / f"{p}.html").read_text(encoding="utf-8")]
    assert with_formulas
    for page in with_formulas[:2]:
        tab.goto((folder / f"{page}.html").as_uri())
        facts = ask(tab, "facts")
        assert facts["formulas"]
        assert all(count > 0 for _, count in facts["formulas"])
        assert facts["wrongFormulas"] == []
        assert all(image["width"] > 0 for image in facts["images"])
    assert tab.problems == []


FOLLOW_THE_SYSTEM = (
    "const m = matchMedia('(prefers-color-scheme: dark)');"
    "const f = () => { document.documentElement.dataset.theme = m.matches ? 'dark' : 'light'; }; f(); m.onchange = f;"
)
GOOD = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="a.svg">
<style>[data-theme=dark] body {{ background: #111; color: #eee }} figure {{ margin: 0 }} img {{ max-width: 100% }}
.scroll {{ overflow-x: auto }} a {{ color: inherit }}</style><script>{FOLLOW_THE_SYSTEM}</script></head><body><main>
<h1 id="top">A title</h1><p>It costs $5. See <a href="#top">above</a>, <a href="good.html#fig-a">the figure</a> and
<a href="https://example.org/">elsewhere</a>. <code>$x$ {{ref}}`y`</code></p>
<figure id="fig-a"><img src="a.svg" alt="A grey box"><a class="download" href="a.svg">S</a>
<a class="download" href="a.png">P</a><a class="download" href="a.csv">C</a></figure>
<div class="scroll"><table><tr><td style="min-width: 900px">wide</td></tr></table></div>
<div class="passport"></div><a href="a.ipynb">notebook</a></main></body></html>"""
BOX = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{}</svg>'
BAD = """<html data-theme="light"><head><meta charset="utf-8"><link rel="icon" href="a.svg"></head><body>
<h1>A</h1><h1>B</h1>
<script>console.error("alas")</script><script>throw Error("ouch")</script><script src="gone.js"></script>
<script src="https://example.org/spy.js"></script>
<p>\\(x\\) and $$y$$ and $z$ and \\begin{x} and {ref}`sec-x` and :::note</p><span class="math">\\alpha</span>
<mjx-container><svg><g data-mml-node="merror"></g></svg></mjx-container>
<img src="a.svg"><img src="a.svg" alt="a.svg"><img src="gone.png" alt="Something that is gone">
<figure id="fig-b"><img src="clear.svg" alt="Nothing"><a class="download" href="a.svg">S</a>
<a class="download" href="empty.csv">C</a></figure>
<table id="wide"><tr><td style="min-width: 900px">wide</td></tr></table><div style="width: 1400px">wider</div>
<p style="color: #aaa; background: #fff">faint</p><a href="gone.html">x</a><a href="good.html#gone">y</a>
</body></html>"""
DEFECTS = [
    *("logs the error alas", "throws ouch", "gets 404 for", "asks https://example.org/spy.js"),
    *("shows a raw formula: '\\\\('", "shows a raw formula: '$$'", "shows a raw formula: '$z$'"),
    *("shows a raw formula: '\\\\begin{'", "shows an unread role", "shows an unread directive"),
    *("leaves a formula unrendered", "has a formula with an error", "needs one h1, a title and a language"),
    *("has no alt text for a.svg", "has an image that does not load: gone.png"),
    *("has a figure one can see through: clear.svg", "has no passport", "offers no notebook"),
    *("offers ['a.svg', 'empty.csv'] for fig-b instead of", "offers an empty table for fig-b"),
    *("links to /gone.html, which", "links to /good.html#gone, but", "scrolls sideways at 1280 px"),
    *("scrolls sideways at 390 px", "has a table that leaves the screen at 390 px: wide"),
    "does not follow the system to the dark theme",
    'has faint text in the light theme: p "faint"',
    'has faint text in the dark theme: p "faint"',
]


@pytest.fixture(scope="module")
def specimens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("specimens")
    files = {
        "good.html": GOOD,
        "bad.html": BAD,
        "a.svg": BOX.format('<rect width="40" height="40" fill="#ccc"/>'),
        "clear.svg": BOX.format(""),
        "a.png": "",
        "a.csv": "x\n1\n",
        "empty.csv": "x\n",
        "a.ipynb": json.dumps({"cells": [{"outputs": [1]}]}),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with serving(folder) as address:
        yield folder, address


def test_the_check_passes_a_good_page(tab, specimens):
    folder, address = specimens
    assert examine(tab, tab.problems, address, folder, "good", notebook=True) == []


def test_the_check_finds_every_defect_of_a_bad_page(tab, specimens):
    folder, address = specimens
    problems = examine(tab, tab.problems, address, folder, "bad", notebook=True)
    assert [d for d in DEFECTS if not any(p.startswith(d) for p in problems)] == []
    assert [p for p in problems if not p.startswith(tuple(DEFECTS)) and "Failed to load" not in p] == []
    assert sum(p.startswith("has no alt text") for p in problems) == 2
