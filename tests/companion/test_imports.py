"""The closure of imports within a library."""

import pytest

from companion.imports import external_imports, import_closure, notebook_closure

SOURCES = {
    "alpha/__init__.py": "",
    "alpha/one.py": "import numpy as np\nfrom alpha import two\nfrom .sub.deep import thing\n",
    "alpha/two.py": "def f():\n    import beta.late\n",
    "alpha/unused.py": "import scipy\n",
    "alpha/sub/__init__.py": "from beta.early import x\n",
    "alpha/sub/deep.py": "from ..three import *\nfrom . import sibling\nthing = 1\n",
    "alpha/sub/sibling.py": "from alpha import one\n",  # a cycle
    "alpha/three.py": "import importlib\nlate = importlib.import_module('gamma')\n",
    "beta/__init__.py": "",
    "beta/late.py": "",
    "beta/early.py": "x = 1\n",
    "gamma.py": "import companion.study, torch.nn\n",
    "companion/__init__.py": "",
    "companion/study.py": "import beta.machinery\n",
    "beta/machinery.py": "",
}


@pytest.fixture
def library(tmp_path):
    for name, text in SOURCES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


EXPECTED = [
    *("alpha", "alpha.one", "alpha.sub", "alpha.sub.deep", "alpha.sub.sibling", "alpha.three", "alpha.two"),
    *("beta", "beta.early", "beta.late", "gamma"),
]


def test_every_kind_of_import_counts_and_the_machinery_does_not(library):
    assert list(import_closure(["alpha.one"], library, exclude=("companion",))) == EXPECTED


def test_files_name_modules_too(library):
    by_file = import_closure([library / "alpha" / "one.py"], library)
    assert by_file == import_closure(["alpha.one"], library)
    assert {"companion", "companion.study", "beta.machinery"} <= set(by_file)
    assert by_file["alpha.sub"] == library / "alpha" / "sub" / "__init__.py"
    assert import_closure([library / "alpha" / "sub" / "__init__.py"], library)["beta.early"].is_file()


def test_what_lies_outside(library):
    assert external_imports(["alpha.one"], library) == ["importlib", "numpy", "torch"]


def test_a_missing_start_is_an_error(library):
    with pytest.raises(FileNotFoundError, match=r"no module 'alpha\.absent'"):
        import_closure(["alpha.absent"], library)


def test_a_broken_source_is_named(library):
    (library / "beta" / "late.py").write_text("x = (\n")
    with pytest.raises(ValueError, match=r"late\.py, line 1"):
        import_closure(["alpha.two"], library)


NOTEBOOK = """---
kernelspec: {name: python3}
---

# Title, with import alpha.unused in prose

```python
import alpha.unused
```

```{code-cell} python
:tags: [remove-cell]

%matplotlib inline
import alpha.two
```

````{code-cell} python
---
mystnb:
  figure:
    name: import
---
from companion.study import Study
````
"""


def test_notebooks_count_their_code_cells_alone(library):
    page = library / "page.md"
    page.write_text(NOTEBOOK)
    closure = notebook_closure(page, library)
    assert list(closure) == [
        *("alpha", "alpha.two", "beta", "beta.late", "beta.machinery", "companion", "companion.study")
    ]


def test_a_broken_cell_is_named(library):
    page = library / "page.md"
    page.write_text(NOTEBOOK.replace("from companion", "frm companion"))
    with pytest.raises(ValueError, match=r"page\.md, code cell 2, line 1"):
        notebook_closure(page, library)
