"""The whole path on the tiny book: what runs again, what is refused, and that two builds are the same to the byte."""

import json
import re
from pathlib import Path

import pytest
from tiny_book import NOTEBOOKS, cell, write_tiny_book

from companion import build

pytestmark = pytest.mark.slow

EXECUTE_ONLY = (
    "import sys; from companion import build as b; from companion.notebooks import is_notebook\n"
    "if __name__ == '__main__':\n"
    "    pages = {n: p for n, p in b.book_pages().items() if is_notebook(p)}\n"
    "    print('ran:', *sorted(b.run_notebooks(pages, 'paper', b.stage_folder('paper'), 2)))\n"
)


def run_notebooks(book):
    """Execute what is stale, without rendering, and return the names."""
    script = book.write("execute_only.py", EXECUTE_ONLY)
    done = book.python(str(script))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_two_builds_from_clean_in_two_places_are_the_same_to_the_byte(built, tmp_path):
    other = write_tiny_book(tmp_path / "elsewhere" / "checkout")
    for path in (built.root / "results" / "tiny").iterdir():
        other.write(f"results/tiny/{path.name}", path.read_text())
    other.succeed("build", "--html", "_build/site")
    first, second = tree(built.root / "_build" / "html"), tree(other.root / "_build" / "site")
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert built.executed() == other.executed()


def test_the_site_has_what_a_reader_wants(built):
    html = built.root / "_build" / "html"
    page = (html / "book" / "tiny" / "archived.html").read_text()
    for part in ('id="fig-lines"', 'id="tab-lines"', 'id="claim-tiny-largest"', "Passport of this page"):
        assert part in page
    assert '<span class="std std-numref">Fig. 1</span>' in page
    assert re.search(r'<span class="std std-numref">Table \d</span>', page)
    assert {p.suffix for p in (html / "_downloads").rglob("fig-lines.*")} == {".svg", ".png", ".csv"}
    facts = json.loads((html / "claims.json").read_text())
    assert facts["scale"] == "paper"
    assert {c["id"]: (c["verdict"], c["measured"]) for c in facts["claims"]} == {
        "tiny-largest": ("reproduced", 241.0),
        "tiny-at-least": ("reproduced", [0.5, 1.5, 2.5, 3.5, 4.5]),
        "tiny-printed": ("not reproduced", 0.5),
        "tiny-rank": ("reproduced", {"rank": 1}),
    }
    for claim in facts["claims"]:
        path, _, anchor = claim["url"].partition("#")
        assert f'id="{anchor}"' in (html / path).read_text()
    scorecard = (html / "book" / "scorecard.html").read_text()
    assert scorecard.count("claim-card reproduced") == 3
    assert scorecard.count("claim-card not-reproduced") == 1
    assert "THEBE_JS_URL" not in page
    assert 'src="http' not in page


def test_a_changed_constant_changes_the_pages_that_import_it_and_no_others(tiny):
    before = tiny.executed()
    tiny.edit("lib/twolayer/scaling.py", "FACTOR = 3.0", "FACTOR = 4.0")
    assert run_notebooks(tiny) == ["tiny/archived"]
    after = tiny.executed()
    assert {name for name in NOTEBOOKS if after[name] != before[name]} == {"tiny/archived"}
    assert b"Computed on this page: 4.00" in after["tiny/archived"]
    assert b"stale" in after["tiny/archived"]  # its passport says that the archive is older than the code
    assert run_notebooks(tiny) == []


def test_prose_and_comments_reach_the_page_without_running_it(tiny):
    (tiny.stage() / "records" / "tiny" / "live.json").write_text(
        (tiny.stage() / "records" / "tiny" / "live.json")
        .read_text()
        .replace('"wall_s"', '"marked": 1, "wall_s"')
    )
    tiny.edit("lib/twolayer/offset.py", "Shifts.", "Shifts numbers.")
    tiny.edit("book/tiny/live.md", "Another `count`.", "A larger `count`.")
    before = tiny.executed()
    assert run_notebooks(tiny) == []
    after = tiny.executed()
    assert b"A larger `count`." in after["tiny/live"]
    assert b"There are 5 values" in after["tiny/live"]
    assert {name for name in NOTEBOOKS if after[name] != before[name]} == {"tiny/live"}


def test_a_recomputed_table_runs_its_reader_and_a_forged_one_is_refused(tiny):
    tiny.edit("lib/studies/tiny.py", "+ cell.seed", "+ 2 * cell.seed")
    tiny.succeed("run", "tiny/lines", "--workers", "1")
    tiny.edit(
        "lib/studies/tiny.py", "+ 2 * cell.seed", "+ cell.seed"
    )  # the same code as at first, another table
    tiny.edit("book/claims.yml", "equals: 241,", "equals: 242,")
    before = tiny.executed()
    assert run_notebooks(tiny) == ["tiny/archived"]
    after = tiny.executed()
    assert {name for name in NOTEBOOKS if after[name] != before[name]} == {"tiny/archived"}
    tiny.edit("results/tiny/lines.csv", "80,1,242.0", "80,1,999.0")
    done = tiny.companion("build")
    assert done.returncode == 1
    assert "tiny/archived: code cell 2, book/tiny/archived.md line" in done.stderr
    assert "does not match its sidecar" in done.stderr


def test_everything_that_fails_is_reported_and_nothing_that_failed_passes_for_fresh(tiny):
    good = tiny.source("tiny/live").read_text()
    tiny.write(
        "book/tiny/live.md",
        good.replace("## What to", cell("import sys; print(1, file=sys.stderr)") + "\n## What to"),
    )
    apart = tiny.source("tiny/apart").read_text()
    tiny.write("book/tiny/apart.md", apart.replace("(3, 3)", "(3, -3)"))
    done = tiny.companion("build")
    assert done.returncode == 1
    assert "tiny/live: code cell 4 wrote to stderr:\n1" in done.stderr
    assert "tiny/apart: code cell 2, book/tiny/apart.md line" in done.stderr
    assert "negative dimensions" in done.stderr
    # the old keys are gone, so both pages run again even when the edits are taken back
    assert set(json.loads((tiny.stage() / "keys.json").read_text())) == {"tiny/archived"}


def test_a_disagreement_with_the_ledger_stops_the_build(tiny):
    text = (tiny.root / "book" / "claims.yml").read_text()
    tiny.write(
        "book/claims.yml", text + text[text.index("- id: tiny-rank") :].replace("tiny-rank", "tiny-forgotten")
    )
    tiny.edit("book/tiny/apart.md", "> 1e-12", "> 10")
    done = tiny.companion("build")
    assert done.returncode == 1
    assert "claim tiny-forgotten (Remark 3) is settled by no page; tiny/apart should settle it" in done.stderr
    assert "claim tiny-rank (Remark 3) came out 'not reproduced', on record is 'reproduced'" in done.stderr
    assert not (tiny.root / "_build" / "html").exists()


def test_a_page_of_the_contents_that_does_not_exist_is_named(tiny):
    tiny.edit("_toc.yml", "book/tiny/apart", "book/tiny/gone")
    done = tiny.companion("build")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "companion build: _toc.yml names book/tiny/gone, but there is no book/tiny/gone.md"
    )


def test_a_warning_is_an_error_unless_the_build_is_lenient(tiny):
    tiny.edit(
        "book/index.md", "[lines](#sec-archived)", "[lines](#sec-nowhere) and ![](../_static/favicon.svg)"
    )
    done = tiny.companion("build")
    assert done.returncode == 1
    assert "'sec-nowhere'" in done.stderr
    assert not (tiny.root / "_build" / "html").exists()
    done = tiny.companion("build", "--lenient")
    assert done.returncode == 1
    assert "the rendered site is defective:\n- page index has an image without alt text" in done.stderr


def test_pages_that_left_the_book_leave_the_stage_too(tiny, monkeypatch):
    monkeypatch.setenv("COMPANION_ROOT", str(tiny.root))
    staged = tiny.stage() / "book"
    assert (staged / "tiny" / "apart.ipynb").exists()
    tiny.edit("_toc.yml", "      - file: book/tiny/apart\n", "")
    tiny.edit("_toc.yml", "      - file: book/bibliography\n", "")
    tiny.write("book/tiny/live.md", "# Prose now\n")
    pages = build.book_pages()
    build.stage_prose(pages, {"tiny/archived": pages["tiny/archived"]}, tiny.stage())
    left = {str(p.relative_to(staged)) for p in staged.rglob("*.*") if p.suffix in (".md", ".ipynb")}
    assert {p for p in left if not p.startswith("_generated")} == {
        *("index.md", "scorecard.md", "tiny/archived.ipynb", "tiny/live.md")
    }
    assert "_generated/scorecard.md" in left


def test_one_page_with_a_readers_parameter(tiny):
    printed = tiny.succeed("page", "tiny/live", "--scale", "quick", "-p", "count=7")
    page = Path(printed.strip().removeprefix("The page is at "))
    text = re.sub("<[^>]*>", "", page.read_text())
    assert "There are 7 values" in text
    assert "count = 7" in text
    assert "6.50" in text
    assert not (tiny.root / "_build" / "html").exists()
    assert (tiny.stage() / "book" / "tiny" / "live.ipynb").exists()
    done = tiny.companion("page", "tiny/live", "-p", "tempo=7")
    assert done.returncode == 1
    assert "tiny/live: unknown parameter tempo; the page has count, scale" in done.stderr
    done = tiny.companion("page", "live")
    assert "no notebook 'live' in the book; there are: tiny/archived, tiny/live, tiny/apart" in done.stderr


def test_recorded_times(tiny, monkeypatch):
    monkeypatch.setenv("COMPANION_ROOT", str(tiny.root))
    times = json.loads(build.record_times("paper").read_text())
    assert set(times["pages"]) == {f"{name}@{scale}" for name in NOTEBOOKS for scale in ("quick", "paper")}
    assert times["date"] != "2000-01-01"
    assert times["pages"]["tiny/live@quick"] == {"wall_s": 1.0, "peak_mb": 100}
    with pytest.raises(build.BuildError, match="has not been executed at quick scale"):
        build.record_times("quick")
