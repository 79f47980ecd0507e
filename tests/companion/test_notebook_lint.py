"""The house rules: a clean notebook passes, and each rule has a notebook that breaks it alone, at the right line."""

import sys
from types import SimpleNamespace

import pytest
from tiny_book import APART, ARCHIVED, CLOSING, HEADER, LIVE, PARAMETERS, cell, notebook

from companion.notebook_lint import lint

OPEN = 'from companion.page import Page\npage = Page("tiny/page", scale)'
CLEAN = notebook("Title", "sec-page", cell(OPEN), cell("x = 1"))


@pytest.fixture(autouse=True)
def modules_of_the_tiny_book(monkeypatch):
    monkeypatch.setitem(sys.modules, "twolayer.offset", SimpleNamespace(shifted=None))
    monkeypatch.setitem(sys.modules, "studies.tiny", SimpleNamespace(LINES=None, Cell=None, compute=None))


def problems(tmp_path, text, name="tiny/page"):
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return [p.removeprefix(f"{path}:") for p in lint(path, name)]


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "name"),
    [(CLEAN, "tiny/page"), (ARCHIVED, "tiny/archived"), (LIVE, "tiny/live"), (APART, "tiny/apart")],
)
def test_clean_notebooks(tmp_path, text, name):
    assert problems(tmp_path, text, name) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("\n".join(f"a{i} = {i}" for i in range(15)), "16 lines of code; 15 is the most"),
        ("x = (1", "not Python"),
        ("while x < 3:\n    x = x + 1", "a while loop"),
        ("for i in range(3):\n    x += i", "a loop that computes"),
        ("for i in range(3):\n" + "    print(i)\n" * 6, "a loop that computes"),
        ("def f(x):\n" + "    x = 2 * x\n" * 3 + "    return x", "more than 4 lines belongs in lib/"),
        ("class A:\n" + "    x = 1\n" * 4, "more than 4 lines belongs in lib/"),
        ("import torch", "import of torch"),
        ("from scipy.linalg import svd", "import of scipy.linalg"),
        ("import numpy as np, os.path", "import of os.path"),
        ("from . import near", "import of :"),
        ("def f():\n    import sys", "import of sys"),
        ("from math import tau, tao", "module math has no tao"),
        (
            "from companion import claims as ledger\nledger.no_such_name",
            "module companion.claims has no no_such_name",
        ),
        ("import numpy as np\nnp.linalg.nrom", "module numpy.linalg has no nrom"),
        ("from companion.no_such_module import x", "No module named 'companion.no_such_module'"),
    ],
)
def test_each_rule_for_code(tmp_path, code, message):
    text = notebook("Title", "sec-page", cell(OPEN), cell(f"marker = 0\n{code}"))
    (problem,) = problems(tmp_path, text)
    line = line_of(text, "marker = 0")
    assert message in problem
    assert line <= int(problem.split(":")[0]) <= line + 2


@pytest.mark.parametrize(
    "code",
    [
        "\n\n".join(f"a{i} = {i}" for i in range(15)),
        "for i in range(3):\n    print(i)",
        "x = sum(i**2 for i in range(3))",
        "def f(x):\n    y = 2 * x\n    return y",
        "import numpy as np\nfrom matplotlib import pyplot as plt\nimport math, itertools",
        "from companion.page import Page\nimport numpy.linalg\nnumpy.linalg.norm(numpy.ones(2))",
        "import math\nmath = [1]\nmath.append(2)",
    ],
)
def test_what_the_rules_allow(tmp_path, code):
    assert problems(tmp_path, notebook("Title", "sec-page", cell(OPEN), cell(code))) == []


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        ("  name: python3\n", "  name: ir\n", "must name the kernel python3", 1),
        ("format_name: myst", "format_name: markdown", "format_name: myst", 1),
        (PARAMETERS, "", "the first code cell must be tagged parameters", OPEN),
        ('scale = "paper"', 'scale = "quick"', 'set scale = "paper"', 'scale = "quick"'),
        ('Page("tiny/page"', 'Page("tiny/other"', 'open the page with Page("tiny/page"', 'scale = "paper"'),
        (
            "\npage.passport()",
            "\npage.passport()\nx = 1",
            "must be page.passport() and nothing else",
            "page.passport()",
        ),
        ("# Title", "Title", "before the first code cell: a title", 1),
        ("## What to take away", "## Moral", "the last two sections must be", None),
        (
            "## One thing to try",
            "## One thing to try\n\nA\n\n## Further reading",
            "the last two sections must be",
            None,
        ),
    ],
)
def test_each_rule_for_the_structure(tmp_path, old, new, message, at):
    assert CLEAN.count(old) == 1
    text = CLEAN.replace(old, new)
    (problem,) = problems(tmp_path, text)
    assert message in problem
    line = at if isinstance(at, int) else line_of(text, at) if at else len(text.splitlines())
    assert problem.startswith(f"{line}: ")


def test_an_opening_of_a_few_words_is_too_short(tmp_path):
    text = notebook("Title", "sec-page", cell(OPEN), about="Look.\n\n")
    (problem,) = problems(tmp_path, text)
    assert "what the section claims" in problem


def test_a_kernel_without_cells(tmp_path):
    assert problems(tmp_path, f"{HEADER}# Title\n") == [
        "1: a notebook without code cells: drop the kernelspec"
    ]


def test_a_notebook_without_passport(tmp_path):
    text = notebook(
        "Title", "sec-page", cell(OPEN), closing=CLOSING.replace("page.passport()", "page.figure")
    )
    (problem,) = problems(tmp_path, text)
    assert "must be page.passport()" in problem
