"""Pages as sources: cells with their lines and tags as jupytext sees them, headers, contents."""

import jupytext
import pytest
from tiny_book import APART, ARCHIVED, LIVE

from companion.notebooks import CodeCell, code_cells, contents, front_matter, is_notebook

MIXED = """---
kernelspec:
  display_name: Python 3
  name: python3
---

# Title

```{code-cell} ipython3
:tags: [parameters, "remove-cell"]

scale = "paper"
```
```{code-cell}
first = 1

second = 2
```

Prose with `code-cell` in it.

```python
not_a_cell = 1
```

````{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  figure:
    name: fig-x
---
text = '''
```
'''
````

```{code-cell} ipython3
---
tags:
  - hide-input
  - slow
---


late = 3
```

```{code-cell} ipython3
:tags: [hide-input]
close = {1: 2}
```

```{code-cell} ipython3
```
"""


def test_cells_with_their_tags_and_lines():
    cells = code_cells(MIXED)
    lines = MIXED.splitlines()
    assert [c.source.splitlines()[:1] for c in cells[:-1]] == [[lines[c.line - 1]] for c in cells[:-1]]
    assert [c.line for c in cells[:-1]] == [12, 15, 33, 46, 51]
    assert [c.tags for c in cells] == [
        {"parameters", "remove-cell"},
        set(),
        {"hide-input"},
        {"hide-input", "slow"},
        {"hide-input"},
        set(),
    ]


@pytest.mark.parametrize("text", [MIXED, ARCHIVED, LIVE, APART])
def test_cells_are_those_that_are_executed(text):
    executed = [c for c in jupytext.reads(text, fmt="md:myst").cells if c.cell_type == "code"]
    assert [c.source.strip() for c in code_cells(text)] == [c.source.strip() for c in executed]
    assert [c.tags for c in code_cells(text)] == [set(c.metadata.get("tags", [])) for c in executed]


def test_a_cell_whose_first_line_looks_like_an_option():
    """A slice at the start of a line is code once a blank line has come."""
    (cell,) = code_cells("```{code-cell} ipython3\n:tags: [a]\n\n:not: an option\n```\n")
    assert cell == CodeCell(":tags: [a]\n", ":not: an option", 4)


def test_the_front_matter():
    assert front_matter(MIXED) == {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    assert front_matter("# Title\n\n---\na: 1\n---\n") == {}
    assert front_matter("---\n---\n") == {}


def test_a_page_with_a_kernel_is_a_notebook(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(MIXED)
    assert is_notebook(page)
    page.write_text("# Prose about a kernelspec\n")
    assert not is_notebook(page)


def test_contents_in_reading_order(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text(
        "format: jb-book\nroot: book/index\nparts:\n- caption: A\n  chapters:\n  - file: book/a\n    sections:\n"
        "    - file: book/b\n  - url: elsewhere\n- chapters:\n  - file: book/c\n"
    )
    assert contents(toc) == ["book/index", "book/a", "book/b", "book/c"]
    toc.write_text("format: jb-book\nroot: book/index\nchapters:\n- file: book/a\n")
    assert contents(toc) == ["book/index", "book/a"]
