"""A page runs again when, and only when, something that enters its numbers has changed."""

import json
import subprocess
import sys

import pytest
from tiny_book import NOTEBOOKS

from companion.freshness import page_key
from companion.study import SCALES

LINES = "results/tiny/lines.csv"


@pytest.fixture(scope="module")
def shared(built, tmp_path_factory):
    return built.copy(tmp_path_factory.mktemp("freshness") / "checkout")


@pytest.fixture
def tiny(shared):
    """One copy of the tiny book for all tests here; what a test changes is put back."""
    kept = {p: p.read_bytes() for p in shared.root.rglob("*.*") if p.is_file() and "_extra" not in p.parts}
    yield shared
    for path, content in kept.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


@pytest.fixture
def changed(tiny):
    """A function that tells which pages have another key than when the test began."""

    def keys(**parameters):
        return {
            name: page_key(tiny.root, tiny.source(name), name, {"scale": "paper", **parameters}, read(name))
            for name in NOTEBOOKS
        }

    def read(name):
        return json.loads((tiny.stage() / "records" / f"{name}.json").read_text())["files_read"]

    before = keys()
    assert before == json.loads((tiny.stage() / "keys.json").read_text())
    return lambda **parameters: {name for name, key in keys(**parameters).items() if key != before[name]}


@pytest.mark.parametrize(
    ("path", "old", "new", "pages"),
    [
        (
            "lib/twolayer/scaling.py",
            "FACTOR = 3.0",
            "FACTOR = 4.0",
            {"tiny/archived"},
        ),  # imported by what it imports
        (
            "lib/twolayer/offset.py",
            "OFFSET = 0.5",
            "OFFSET = 0.25",
            {"tiny/live"},
        ),  # imported by the page itself
        ("lib/companion/formatting.py", '"yes"', '"indeed"', set(NOTEBOOKS)),
        ("lib/twolayer/scaling.py", "# tests change it", "# another comment", set()),
        ("lib/twolayer/scaling.py", '"""Scales."""', '"""Scales numbers."""\n\n', set()),
        ("lib/companion/build.py", "WORKERS = 2", "WORKERS = 1", set()),  # no notebook imports it
        ("book/tiny/live.md", "# Shifted lines", "# Lines that are shifted", set()),
        ("book/tiny/live.md", "float(count)", "float(count + 1)", {"tiny/live"}),
        ("book/tiny/archived.md", "count = 5", "count = 6", {"tiny/archived"}),
        (
            "book/tiny/archived.md",
            ":tags: [hide-input]\n\nfrom",
            ":tags: [hide-output]\n\nfrom",
            {"tiny/archived"},
        ),
        (LINES, "10,0,", "10,0,1", {"tiny/archived"}),
        ("results/tiny/lines.json", '"seed"', '"sowing"', {"tiny/archived"}),
        ("book/claims.yml", "The rank is one.", "The rank is 1.", {"tiny/apart"}),
        ("book/claims.yml", "All values are positive.", "No value is negative.", {"tiny/live"}),
        ("book/claims.yml", "equals: 241,", "equals: 242,", {"tiny/archived"}),
        ("requirements.lock", "numpy==1", "numpy==2", set(NOTEBOOKS)),
        ("book/references.bib", "Ada", "Eve", set()),
    ],
)
def test_what_an_edit_makes_stale(tiny, changed, path, old, new, pages):
    text = (tiny.root / path).read_text(encoding="utf-8")
    assert old in text
    tiny.write(path, text.replace(old, new, 1))
    assert changed() == pages


def test_an_archived_table_that_is_gone_makes_its_reader_stale(tiny, changed):
    (tiny.root / LINES).unlink()
    assert changed() == {"tiny/archived"}


def test_touching_everything_makes_nothing_stale(tiny, changed):
    for path in tiny.root.rglob("*.*"):
        path.touch()
    assert changed() == set()


def test_a_module_that_becomes_reachable_counts(tiny, changed):
    tiny.edit("lib/twolayer/offset.py", "OFFSET = 0.5", "from twolayer.scaling import FACTOR\nOFFSET = 0.5")
    assert changed() == {"tiny/live"}
    tiny.edit("lib/twolayer/scaling.py", "FACTOR = 3.0", "FACTOR = 4.0")
    assert changed() == {"tiny/live", "tiny/archived"}


@pytest.mark.parametrize("parameters", [{"scale": s} for s in SCALES if s != "paper"] + [{"count": 5}])
def test_parameters_count(changed, parameters):
    assert changed(**parameters) == set(NOTEBOOKS)


def test_a_key_is_the_same_in_every_process(tiny):
    code = (
        "import json; from pathlib import Path; from companion.freshness import page_key; "
        f"root = Path({str(tiny.root)!r}); print(page_key(root, root / 'book/tiny/apart.md', 'tiny/apart', "
        "{'scale': 'paper'}, []))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**tiny.environment, "PYTHONHASHSEED": "5"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == json.loads((tiny.stage() / "keys.json").read_text())["tiny/apart"]
