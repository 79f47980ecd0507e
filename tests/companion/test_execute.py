"""One notebook at a time through papermill: what goes wrong is named by page, cell and line."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from tiny_book import ARCHIVED, HEADER, LIVE, PARAMETERS, cell

from companion import execute
from companion.execute import PageError
from companion.page import STAGE_VARIABLE

PASSPORT = (
    "import os\nfrom pathlib import Path\n"
    'target = Path(os.environ["COMPANION_STAGE"]) / "records" / "tiny" / "page.json"\n'
    "target.parent.mkdir(parents=True, exist_ok=True)\n_ = target.write_text('{}')"
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that executes a text as the page tiny/page; notebooks here import nothing of ours, to be quick."""
    for name in (*execute.ONE_THREAD, STAGE_VARIABLE, "SOURCE_DATE_EPOCH", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, os.environ.get(name, "0"))  # execute() changes them; pytest puts them back

    def run(text, **parameters):
        source = tmp_path / "book" / "tiny" / "page.md"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, encoding="utf-8")
        execute.execute(source, "tiny/page", tmp_path / "stage", parameters, 7)
        return nbformat.read(tmp_path / "stage" / "book" / "tiny" / "page.ipynb", as_version=4)

    return run


def page(*blocks, parameters=PARAMETERS):
    return "\n".join([HEADER, "# Title\n\nProse.\n", parameters, *blocks, cell(PASSPORT)])


def outputs(notebook):
    return ["".join(o.get("text", "") for o in c.outputs) for c in notebook.cells if c.cell_type == "code"]


def test_parameters_that_change_something_are_injected_and_all_is_normalised(run, tmp_path):
    text = page(cell('import os\nprint(scale, count, os.getcwd(), os.environ["OMP_NUM_THREADS"])'))
    done = run(text, scale="quick", count=5)
    assert outputs(done)[2] == f"quick 5 {tmp_path}/book/tiny 1\n"
    (injected,) = [c for c in done.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert "scale" in injected.source
    assert "count" not in injected.source
    assert [c.id for c in done.cells] == [f"cell-{i}" for i in range(len(done.cells))]
    assert not any(key in c.metadata for c in done.cells for key in ("papermill", "execution"))
    assert "papermill" not in done.metadata
    assert str(tmp_path) not in nbformat.writes(done).replace(f"{tmp_path}/book/tiny 1", "")
    assert not list((tmp_path / "stage" / "partial").rglob("*.ipynb"))
    assert str(Path.cwd()) != str(tmp_path / "book" / "tiny")


def test_default_parameters_leave_one_parameters_cell(run):
    done = run(page(), scale="paper", count=5)
    assert [c.metadata.get("tags") for c in done.cells if c.cell_type == "code"] == [["parameters"], None]


@pytest.mark.parametrize(
    ("text", "known"),
    [(page(), "the page has count, scale"), (page(parameters=""), "the page has none")],
)
def test_an_unknown_parameter_is_an_error_before_anything_runs(run, tmp_path, text, known):
    with pytest.raises(PageError, match=f"tiny/page: unknown parameter tempo; {known}"):
        run(text, tempo=3)
    assert not (tmp_path / "stage" / "records").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": "x"}, "parameter count must be an integer like 5, got 'x'"),
        ({"count": 2.5}, "parameter count must be an integer like 5, got 2.5"),
        ({"count": True}, "parameter count must be an integer like 5, got True"),
        ({"scale": 3}, 'parameter scale must be text like "paper", got 3'),
        ({"part": "half"}, "parameter part must be a number like 0.5, got 'half'"),
        ({"switch": 1}, "parameter switch must be True or False like False, got 1"),
        ({"seed": -1}, "parameter seed must not be negative, got -1"),
        ({"plane_seed": -3}, "parameter plane_seed must not be negative, got -3"),
    ],
)
def test_a_parameter_of_a_wrong_kind_is_an_error_before_anything_runs(run, tmp_path, given, message):
    declared = 'scale = "paper"\ncount = 5\npart = 0.5\nswitch = False\nseed = 0\nplane_seed = 0'
    with pytest.raises(PageError, match=f"^tiny/page: {re.escape(message)}$"):
        run(page(parameters=cell(declared, "parameters")), **given)
    assert not (tmp_path / "stage" / "records").exists()


def test_an_integer_is_a_number_and_a_default_of_none_takes_all(run):
    declared = 'scale = "paper"\npart = 0.5\nfile = None\nbig = 10**3'
    done = run(
        page(cell("print(part, file, big)"), parameters=cell(declared, "parameters")),
        part=2,
        file="x.csv",
        big=2.5,
    )
    assert outputs(done)[2] == "2 x.csv 2.5\n"


FAILING = page(cell("x = 0"), "Prose.\n", cell("def f():\n    return 1 / x\n\n\ny = 2\nf()", "hide-input"))


def test_a_failing_cell_is_named_by_page_cell_and_line(run, tmp_path):
    line = FAILING.splitlines().index("f()") + 1
    with pytest.raises(PageError) as error:
        run(FAILING, scale="quick")
    first, *rest = str(error.value).splitlines()
    assert (
        first == f"tiny/page: code cell 3, book/tiny/page.md line {line}: ZeroDivisionError: division by zero"
    )
    assert any("return 1 / x" in text for text in rest)
    assert "\x1b" not in str(error.value)
    assert not (tmp_path / "stage" / "book" / "tiny" / "page.ipynb").exists()
    assert not list((tmp_path / "stage" / "partial").rglob("*.ipynb"))


def test_a_cell_that_is_no_python_is_named_too(run):
    text = page(cell("fine = 1\nx = = 2"))
    with pytest.raises(
        PageError, match=rf"code cell 2, book/tiny/page.md line {text.splitlines().index('x = = 2') + 1}"
    ):
        run(text)


def test_stderr_is_refused_with_the_cell_that_wrote_it(run):
    text = page(cell("import warnings"), cell('warnings.warn("this is strange", stacklevel=1)'))
    with pytest.raises(PageError, match=r"(?s)^tiny/page: code cell 3 wrote to stderr:.*this is strange"):
        run(text, scale="quick")


def test_a_picture_without_caption_is_refused(run):
    drawing = cell("import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(1, 1))")
    with pytest.raises(
        PageError, match="tiny/page: code cell 2 shows a picture without number, caption and alt text"
    ):
        run(page(drawing, cell("plt.close(fig)")), scale="quick")


def test_a_page_without_passport_is_refused(run):
    with pytest.raises(
        PageError, match=r"no passport; the last cell must call page.passport\(\) of Page\('tiny/page'"
    ):
        run(f"{HEADER}# Title\n\n{PARAMETERS}")


def test_the_record_of_an_earlier_run_is_no_passport(run):
    run(page())
    with pytest.raises(PageError, match="no passport"):
        run(f"{HEADER}# Title\n\n{PARAMETERS}")


@pytest.mark.parametrize(("name", "source"), [("tiny/archived", ARCHIVED), ("tiny/live", LIVE)])
def test_grafting_unchanged_prose_changes_no_byte(built, tmp_path, name, source):
    target = tmp_path / "page.ipynb"
    before = built.executed()[name]
    target.write_bytes(before)
    execute.graft_prose(built.source(name), target)
    assert target.read_bytes() == before


def test_grafting_brings_the_new_prose_and_keeps_every_output(run, tmp_path):
    before = run(page(cell("print(6 * 7)")), scale="quick")
    source = tmp_path / "book" / "tiny" / "page.md"
    target = tmp_path / "stage" / "book" / "tiny" / "page.ipynb"
    text = target.read_bytes()
    execute.graft_prose(source, target)
    assert target.read_bytes() == text
    source.write_text(source.read_text().replace("Prose.", "Other prose.\n\n## A section"))
    execute.graft_prose(source, target)
    after = nbformat.read(target, as_version=4)
    assert "A section" in "".join(c.source for c in after.cells if c.cell_type == "markdown")
    assert outputs(after) == outputs(before) != []
    assert [c.source for c in after.cells if c.cell_type == "code"] == [
        c.source for c in before.cells if c.cell_type == "code"
    ]
