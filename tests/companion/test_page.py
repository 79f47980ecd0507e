"""What a notebook puts on its page, and what it is told when it asks for something that cannot be shown."""

import json
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml

from companion import figures, frames
from companion import page as page_module
from companion.archive import ArchiveError
from companion.claims import ClaimError
from companion.mystoutput import MYST_MIME
from companion.page import STAGE_VARIABLE, Page
from companion.study import Study

CLAIM = {
    "id": "lines-1",
    "paper": "benson2020",
    "place": "Theorem 1",
    "statement": "Lines are straight.\n",
    "paper_value": "0",
    "criterion": {"at_most": 1},
    "page": "part/page",
}
LATE = {**CLAIM, "id": "lines-2", "needs": "paper"}
WRONG = {**CLAIM, "id": "lines-3", "expected": "not reproduced", "note": "A misprint."}
ALT = "A line that rises from the lower left to the upper right"


@dataclass(frozen=True)
class Cell:
    size: int
    seed: int


def cells(scale):
    return [Cell(size, seed) for seed in (3, 4, 5) for size in (1, 2)]


def compute(cell):
    return [{"value": cell.size / 3}]


LINES = Study("part/lines", "Lines.", compute, cells)


@pytest.fixture
def bundles(monkeypatch):
    """What the page displays, in order."""
    shown = []

    def display(bundle, raw, metadata):
        assert raw
        assert metadata == {"companion": True}
        shown.append(bundle)

    monkeypatch.setattr(page_module, "display", display)
    with mpl.rc_context():
        yield shown
    plt.close("all")


@pytest.fixture
def new_page(tmp_path, monkeypatch, bundles):
    """A function that opens a page, within a build or outside of one, in a checkout with three claims."""
    (tmp_path / "book").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "book" / "claims.yml").write_text(yaml.safe_dump([CLAIM, LATE, WRONG]))
    monkeypatch.setenv("COMPANION_ROOT", str(tmp_path))

    def new_page(scale="quick", staged=True, **parameters):
        if staged:
            monkeypatch.setenv(STAGE_VARIABLE, str(tmp_path / "stage"))
        else:
            monkeypatch.delenv(STAGE_VARIABLE, raising=False)
        return Page("part/page", scale, **parameters)

    return new_page


@pytest.fixture
def drawn():
    fig, ax = figures.canvas()
    ax.plot([0, 1], [0, 1])
    return fig, pd.DataFrame({"x": [0, 1]})


def test_an_unknown_scale_is_refused(new_page):
    with pytest.raises(ValueError, match="scale = 'huge': use one of 'quick', 'paper'"):
        new_page("huge")


def test_rows_are_computed_live_at_the_quick_scale_and_archived_at_the_papers(new_page):
    assert new_page("quick").rows(LINES)["value"].tolist() == [1 / 3, 2 / 3] * 3
    with pytest.raises(ArchiveError, match="make run STUDY=part/lines"):
        new_page("paper").rows(LINES)


def test_a_figure_in_a_build(new_page, bundles, drawn, tmp_path):
    fig, data = drawn
    new_page().figure(fig, name="fig-line", caption="It\n rises.", alt=ALT, data=data)
    (bundle,) = bundles
    folder = tmp_path / "stage" / "book" / "part" / "figures"
    assert {p.name for p in folder.iterdir()} == {"fig-line.svg", "fig-line.png", "fig-line.csv"}
    assert bundle[MYST_MIME].splitlines() == [
        "::::{figure} figures/fig-line.svg",
        ":name: fig-line",
        f":alt: {ALT}",
        f":width: {fig.get_figwidth() * 96:.0f}px",
        "",
        "It rises.",
        "[{download}`SVG <figures/fig-line.svg>` · {download}`PNG <figures/fig-line.png>` · "
        "{download}`CSV <figures/fig-line.csv>`]{.figure-downloads}",
        "::::",
    ]
    assert not plt.fignum_exists(fig.number)


@pytest.fixture
def slides():
    pictures = []
    for height in (1, 2, 3):
        fig, ax = figures.canvas()
        ax.plot([0, 1], [0, height])
        pictures.append(fig)
    return pictures, ["L = 1", "L = 2", "L = 3"]


def test_a_slider_is_a_figure_with_hidden_pictures_beside_it(new_page, bundles, slides, drawn, tmp_path):
    new_page().frames(
        *slides, name="fig-line", caption="c", alt=ALT, data=drawn[1], start=1, control="the scale"
    )
    (bundle,) = bundles
    folder = tmp_path / "stage" / "book" / "part" / "figures"
    frames = [f"fig-line-frame-{k:02d}.webp" for k in range(3)]
    assert {p.name for p in folder.iterdir()} == {"fig-line.svg", "fig-line.png", "fig-line.csv", *frames}
    text = bundle[MYST_MIME]
    assert "container} frames frames-of-fig-line frames-start-1\n\nthe scale\n" in text
    assert [line.split("/")[1] for line in text.splitlines() if "{image}" in line] == frames
    assert text.count(":alt: L = ") == 3
    assert not any(plt.fignum_exists(picture.number) for picture in slides[0])
    assert len({(folder / frame).read_bytes() for frame in frames}) == 3


def test_the_pictures_of_a_slider_are_the_same_bytes_each_time(slides, tmp_path):
    written = []
    for name in ("fig-one", "fig-two"):
        written.append([(tmp_path / f).read_bytes() for f in frames.save(slides[0], tmp_path, name)])
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["L = 1", "L = 2"]}, "a label for each, got 3 and 2"),
        ({"start": 3}, "start = 3: there are 3 pictures"),
        ({"pictures": []}, "at least two pictures"),
    ],
)
def test_bad_sliders_are_refused(new_page, slides, drawn, change, message):
    arguments = {"pictures": slides[0], "labels": slides[1], "start": 0} | change
    with pytest.raises(ValueError, match=message):
        new_page().frames(**arguments, name="fig-line", caption="c", alt=ALT, data=drawn[1])


def test_pictures_of_two_sizes_are_no_slider(new_page, slides, drawn):
    slides[0][2].set_size_inches(3, 3)
    with pytest.raises(ValueError, match="must have one size"):
        new_page().frames(*slides, name="fig-line", caption="c", alt=ALT, data=drawn[1])


def test_a_figure_in_a_notebook_writes_nothing(new_page, bundles, drawn, tmp_path):
    fig, data = drawn
    new_page(staged=False).figure(fig, name="fig-line", caption="c", alt=ALT, data=data)
    (bundle,) = bundles
    assert set(bundle) == {"image/png", "text/plain"}
    assert [p.name for p in tmp_path.iterdir()] != ["stage"]
    assert not (tmp_path / "stage").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Fig 1"}, "use fig- and lower-case words"),
        ({"name": "line"}, "use fig- and lower-case words"),
        ({"alt": "A line"}, "at least eight words"),
        ({"data": pd.DataFrame({"x": []})}, "the numbers that are plotted"),
    ],
)
def test_a_figure_nobody_can_find_see_or_check_is_refused(new_page, bundles, drawn, changes, message):
    fig, data = drawn
    with pytest.raises(ValueError, match=message):
        new_page().figure(fig, **{"name": "fig-line", "caption": "c", "alt": ALT, "data": data, **changes})
    assert bundles == []


def test_names_are_used_once_on_a_page(new_page, drawn):
    (fig, data), page = drawn, new_page()
    page.figure(fig, name="fig-line", caption="c", alt=ALT, data=data)
    with pytest.raises(ValueError, match="there is a figure of this name"):
        page.figure(fig, name="fig-line", caption="c", alt=ALT, data=data)
    page.table(data, name="tab-line", caption="c")
    with pytest.raises(ValueError, match="unique on the page"):
        page.table(data, name="tab-line", caption="c")
    with pytest.raises(ValueError, match="use tab-"):
        page.table(data, name="line", caption="c")


def test_a_table_and_a_sentence_have_a_face_for_the_book_and_one_for_the_notebook(new_page, bundles):
    page = new_page()
    page.table(pd.DataFrame({"x": [0.5]}), name="tab-x", caption="All.", digits=2)
    page.say("It is $x$.")
    table, sentence = bundles
    assert "* - 0.50" in table[MYST_MIME]
    assert "<td>0.5</td>" in table["text/html"]
    assert sentence == {MYST_MIME: "It is $x$.", "text/markdown": "It is $x$.", "text/plain": "It is $x$."}


def test_a_verdict_is_the_criterions_not_the_pages(new_page, bundles):
    page = new_page()
    page.settle("lines-1", np.array([0.5, 1.0]))
    page.settle("lines-3", np.float64(2))
    page.settle("lines-2", 0, shown="nothing at all")
    good, bad, late = (bundle[MYST_MIME] for bundle in bundles)
    assert good.splitlines() == [
        ":::::{admonition} Theorem 1: reproduced",
        ":class: claim reproduced",
        ":name: claim-lines-1",
        "",
        "Lines are straight.",
        "",
        "**The paper:** 0",
        "",
        "**Measured:** 0.5000, 1.000",
        "",
        "**Criterion:** at most 1",
        ":::::",
    ]
    assert "Theorem 1: not reproduced\n:class: claim not-reproduced" in bad
    assert "A misprint." in bad
    assert "Theorem 1: not decided at this scale\n:class: claim undecided" in late
    assert "**Measured:** nothing at all" in late


@pytest.mark.parametrize(
    ("claim", "measured", "message"),
    [
        ("lines-9", 0, "no claim 'lines-9'"),
        ("lines-1", float("nan"), "NaN"),
        ("lines-1", [], "nothing was measured"),
    ],
)
def test_what_cannot_be_settled(new_page, claim, measured, message):
    with pytest.raises(ClaimError, match=message):
        new_page().settle(claim, measured)


def test_a_claim_of_another_page_is_not_settled_here(new_page, monkeypatch, bundles):
    new_page()
    with pytest.raises(ClaimError, match="on record for part/page, not for part/other"):
        Page("part/other", "quick").settle("lines-1", 0)


@pytest.mark.parametrize(
    ("measured", "text"),
    [
        (True, "true"),
        (np.array([True, False]), "true in 1 of 2 cases"),
        ({"a": 1, "b": [0.25, 0.5]}, "a: 1; b: 0.2500, 0.5000"),
        (pd.Series(range(20)), "20 values from 0 to 19"),
        (np.arange(3), "0, 1, 2"),
    ],
)
def test_measured_values_in_words(measured, text):
    assert page_module._measured_text(page_module._plain(measured)) == text


def test_the_passport_closes_the_page_with_its_record(new_page, bundles, drawn, tmp_path):
    (fig, data), page = drawn, new_page(count=3, kind="x")
    page.rows(LINES)
    page.figure(fig, name="fig-line", caption="c", alt=ALT, data=data)
    page.table(data, name="tab-line", caption="c")
    page.settle("lines-1", {"a": np.int64(1)})
    page.passport()
    record = json.loads((tmp_path / "stage" / "records" / "part" / "page.json").read_text())
    assert record["figures"] == ["fig-line"]
    assert record["tables"] == ["tab-line"]
    assert record["scale"] == "quick"
    assert record["settled"] == [
        {"id": "lines-1", "page": "part/page", "verdict": "reproduced", "measured": {"a": 1}, "shown": "a: 1"}
    ]
    assert record["wall_s"] > 0
    assert record["peak_mb"] > 10
    text = bundles[-1][MYST_MIME]
    for fact in (
        "Commit\n: not a git checkout",
        "Scale\n: `quick`",
        "`count = 3`, `kind = 'x'`",
        "`part/lines` computed live, 6 cells, seeds 3 to 5",
        "MB at most (this run)",
        "Rebuild\n: `make page PAGE=part/page SCALE=quick`",
        "numpy",
    ):
        assert fact in text


def test_a_recorded_time_replaces_that_of_this_run(new_page, bundles, tmp_path):
    times = {
        "machine": "M",
        "date": "2000-01-01",
        "pages": {"part/page@quick": {"wall_s": 3.0, "peak_mb": 9}},
    }
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "page-times.json").write_text(json.dumps(times))
    new_page().passport()
    new_page(staged=False).passport()
    assert bundles[0] == bundles[1]
    assert "3.0 s, 9 MB at most (M, 2000-01-01)" in bundles[0][MYST_MIME]
