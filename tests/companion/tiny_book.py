"""A book of three notebooks in a checkout of its own, built by the real machinery.

``tiny/archived`` reads an archived table and imports ``twolayer.scaling`` through ``studies.tiny``; ``tiny/live``
imports ``twolayer.offset`` itself; ``tiny/apart`` imports neither.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = ("tiny/archived", "tiny/live", "tiny/apart")

SCALING = '"""Scales."""\n\nFACTOR = 3.0  # tests change it\n\n\ndef scaled(x):\n    return FACTOR * x\n'
OFFSET = '"""Shifts."""\n\nOFFSET = 0.5\n\n\ndef shifted(x):\n    """Shift."""\n    return x + OFFSET\n'
STUDY = '''"""A tiny study."""

from dataclasses import dataclass

from companion.study import Study
from twolayer.scaling import scaled


@dataclass(frozen=True)
class Cell:
    """A cell."""

    size: int
    seed: int


def cells(scale):
    """Return the cells."""
    return [Cell(size, seed) for seed in (0, 1) for size in ((10, 20, 40, 80) if scale == "paper" else (10, 20))]


def compute(cell):
    """Return one row."""
    return [{"value": scaled(cell.size) + cell.seed}]


LINES = Study("tiny/lines", "Straight lines.", compute, cells)
'''

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
PARAMETERS = '```{code-cell} ipython3\n:tags: [parameters]\n\nscale = "paper"\ncount = 5\n```\n'
CLOSING = """
## What to take away

The machinery works.

## One thing to try

Another `count`.

```{code-cell} ipython3
:tags: [hide-input]

page.passport()
```
"""
ABOUT = (
    "A straight line through the origin is what {cite:t}`benson2020` would call simple, and this page of a book that "
    "exists for the tests says what it claims, how it measures that claim, and what a reader is going to see when "
    "everything works: one picture with its numbers, one table with its caption, one verdict of the ledger, and the "
    "passport that says which code made all of them and how to make them again. Sentences such as this one fill it.\n\n"
)


def notebook(title: str, label: str, *blocks: str, about: str = ABOUT, closing: str = CLOSING) -> str:
    """Return the text of a notebook with a title, an opening, the parameters cell, and what is given."""
    return "\n".join([f"{HEADER}({label})=\n# {title}\n\n{about}{PARAMETERS}", *blocks, closing])


def cell(source: str, tags: str = "") -> str:
    """Return a code cell."""
    return f"```{{code-cell}} ipython3\n{f':tags: [{tags}]' + chr(10) * 2 if tags else ''}{source}\n```\n"


DRAWING = """fig, ax = figures.canvas(height=2.4)
for label, style in figures.series_styles(["seed 0", "seed 1"], markers=True).items():
    part = table[table["seed"] == int(label[-1])]
    ax.plot(part["size"], part["value"], label=label, **style)
ax.set(xlabel="size", ylabel="value")
ax.legend()
page.figure(fig, name="fig-lines", caption=f"Value against size, up to {number(table['value'].max())}.",
            alt="Two straight lines that rise from the lower left to the upper right", data=table)"""

ARCHIVED = notebook(
    "Straight lines",
    "sec-archived",
    cell(
        "from companion import figures\nfrom companion.formatting import number\nfrom companion.page import Page\n"
        'from studies.tiny import LINES, Cell, compute\npage = Page("tiny/archived", scale, count=count)\n'
        "table = page.rows(LINES)",
        "hide-input",
    ),
    "The value grows like the size, as in\n\n$$ v(s) = c\\,s + \\norm{e}, \\qquad s \\in \\R. $$ (eq-line)\n\n"
    "Equation {eq}`eq-line` is drawn in {numref}`fig-lines`, its numbers are in {numref}`tab-lines`.\n",
    *(cell(part.strip(), "hide-input") for part in DRAWING.split("ax.legend()")),
    cell(
        'page.table(table, name="tab-lines", caption="The archived rows.")\n'
        "page.say(f\"Computed on this page: {number(compute(Cell(1, 0))[0]['value'])}, with $s = 1$.\")\n"
        'page.settle("tiny-largest", table["value"].max())'
    ),
)
LIVE = notebook(
    "Shifted lines",
    "sec-live",
    cell(
        "import numpy as np\nimport pandas as pd\n"
        "from companion.formatting import number\nfrom companion.page import Page\n"
        'from twolayer.offset import shifted\npage = Page("tiny/live", scale, count=count)\n'
        "values = shifted(np.arange(float(count)))",
    ),
    cell(
        'page.say(f"There are {number(len(values))} values up to {number(values[-1])}, see {{ref}}`sec-archived`.")\n'
        'page.table(pd.DataFrame({"value": values}), name="tab-values", caption="All values.")\n'
        'page.settle("tiny-at-least", values)\npage.settle("tiny-printed", values[0])'
    ),
)
APART = notebook(
    "On its own",
    "sec-apart",
    cell(
        'import numpy as np\nfrom companion.page import Page\npage = Page("tiny/apart", scale)\n'
        "singular = np.linalg.svd(np.ones((3, 3)), compute_uv=False)"
    ),
    cell('page.settle("tiny-rank", {"rank": int(np.sum(singular > 1e-12))})'),
)

CLAIMS = """- id: tiny-largest
  paper: benson2020
  place: Fig. 1
  statement: The largest value is $240$ and a bit.
  paper_value: "241"
  criterion: {equals: 241, rtol: 1.0e-12}
  page: tiny/archived
  needs: paper
- id: tiny-at-least
  paper: benson2020
  place: Lemma 1
  statement: All values are positive.
  paper_value: positive
  criterion: {at_least: 0}
  page: "tiny/live"
- id: tiny-printed
  paper: benson2020
  place: Lemma 2
  statement: The first value vanishes.
  paper_value: "0"
  criterion: {equals: 0, atol: 1.0e-9}
  page: tiny/live
  expected: not reproduced
  note: The offset was forgotten.
- id: tiny-rank
  paper: elsewhere1999
  place: Remark 3
  statement: The rank is one.
  paper_value: "1"
  criterion: {equals: {rank: 1}}
  page: tiny/apart
"""
BIBLIOGRAPHY = """@article{benson2020, author={Benson, Ada}, title={Lines}, journal={Journal}, year={2020}}
@article{elsewhere1999, author={Elsewhere, Bob}, title={Ranks}, journal={Journal}, year={1999}}
"""
TOC = """format: jb-book
root: book/index
parts:
  - caption: Tiny
    chapters:
      - file: book/tiny/archived
      - file: book/tiny/live
      - file: book/tiny/apart
  - caption: The record
    chapters:
      - file: book/scorecard
      - file: book/bibliography
"""
INDEX = "# A tiny book\n\nFirst come [lines](#sec-archived).\n\n```{include} _generated/score.md\n```\n"
SCORECARD = """# Scorecard

```{raw} html
<div id="scorecard-filters"></div>
```

```{include} _generated/scorecard.md
```
"""
TIMES = {
    "machine": "a machine",
    "date": "2000-01-01",
    "pages": {
        f"{name}@{scale}": {"wall_s": 1.0, "peak_mb": 100}
        for name in NOTEBOOKS
        for scale in ("quick", "paper")
    },
}


class TinyBook:
    """A checkout with its own ``book``, ``lib`` and ``results``; copies of the machinery and the configuration."""

    def __init__(self, root: Path):
        self.root = root

    @property
    def environment(self) -> dict[str, str]:
        """For processes that work in this checkout."""
        return {
            **{k: v for k, v in os.environ.items() if k != "COMPANION_STAGE"},
            "COMPANION_ROOT": str(self.root),
            "PYTHONPATH": str(self.root / "lib"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def companion(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the command line in this checkout."""
        return self.python("-m", "companion.cli", *arguments)

    def python(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run Python in this checkout."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        """Run the command line, which must succeed, and return what it printed."""
        done = self.companion(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def source(self, name: str) -> Path:
        """Return the source of a page."""
        return self.root / "book" / f"{name}.md"

    def stage(self, scale: str = "paper") -> Path:
        """Return the staging folder of a scale."""
        return self.root / "_build" / "executed" / scale

    def executed(self, scale: str = "paper") -> dict[str, bytes]:
        """Return the bytes of the executed notebooks."""
        return {name: (self.stage(scale) / "book" / f"{name}.ipynb").read_bytes() for name in NOTEBOOKS}

    def write(self, path: str, text: str) -> Path:
        """Write a file below the root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that occurs once in a file below the root."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.write(path, text.replace(old, new))

    def copy(self, root: Path) -> "TinyBook":
        """Return a copy of the checkout with everything built in it but the site."""
        shutil.copytree(
            self.root, root, ignore=lambda folder, _: ["html"] if folder.endswith("_build") else []
        )
        return TinyBook(root)


def write_tiny_book(root: Path) -> TinyBook:
    """Write the sources of the tiny book, without results."""
    book = TinyBook(root)
    shutil.copytree(
        REPOSITORY / "lib" / "companion", root / "lib" / "companion", ignore=shutil.ignore_patterns("__py*")
    )
    for folder in ("_static", "_extra"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    files = {
        "_config.yml": (REPOSITORY / "_config.yml").read_text(encoding="utf-8"),
        "lib/twolayer/__init__.py": '"""Mathematics."""\n',
        "lib/twolayer/scaling.py": SCALING,
        "lib/twolayer/offset.py": OFFSET,
        "lib/studies/__init__.py": '"""Studies."""\n',
        "lib/studies/tiny.py": STUDY,
        "book/index.md": INDEX,
        "book/scorecard.md": SCORECARD,
        "book/bibliography.md": "# Bibliography\n\n```{bibliography}\n```\n",
        "book/tiny/archived.md": ARCHIVED,
        "book/tiny/live.md": LIVE,
        "book/tiny/apart.md": APART,
        "book/claims.yml": CLAIMS,
        "book/references.bib": BIBLIOGRAPHY,
        "_toc.yml": TOC,
        "requirements.lock": "numpy==1\n",
        "results/page-times.json": json.dumps(TIMES),
    }
    for path, text in files.items():
        book.write(path, text)
    return book


def built_once(shared: Path) -> TinyBook:
    """Return the tiny book, built at the paper's scale by whichever test process comes first; not to be changed."""
    with (shared / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root, done = shared / "tiny-book", shared / "tiny-book-is-built"
        if not done.exists():
            shutil.rmtree(root, ignore_errors=True)
            book = write_tiny_book(root)
            book.succeed("run", "tiny/lines", "--workers", "1")
            book.succeed("build")
            done.touch()
        return TinyBook(root)


if __name__ == "__main__":
    print(built_once(Path(sys.argv[1])).root)
