"""A small checkout of its own for each test: ``lib/toys`` holds toy studies, everything is written below it."""

import importlib
import os
import sys
from pathlib import Path

import pytest
from tiny_book import built_once

LIBRARY = Path(__file__).resolve().parents[2] / "lib"

NUMERICS = '''
"""Arithmetic."""

FACTOR = 3.0  # the constant that tests change


def wave(number, seed):
    """Return a number that needs all its digits."""
    return FACTOR * (number + 1) / (seed + 7)
'''

EXPERIMENTS = '''
"""Toy studies."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from companion.study import Study, Tolerance
from toys.numerics import wave


@dataclass(frozen=True)
class Cell:
    """A toy cell."""

    number: int
    seed: int


@dataclass(frozen=True)
class Trouble:
    """A cell that may go wrong."""

    kind: str


def log(text):
    with open(Path(os.environ["COMPANION_ROOT"]) / "log", "a") as stream:
        stream.write(f"{text} {os.getpid()}\\n")


def steady_cells(scale):
    return [Cell(number, seed) for seed in (0, 1) for number in range(8 if scale == "paper" else 2)]


def steady(cell):
    log(f"steady {cell.number} {cell.seed}")
    time.sleep(0.03 * (1 + cell.number % 3))
    print("a cell may print what it likes")
    value = wave(cell.number, cell.seed)
    return [{"part": part, "value": value + part, "name": "NA", "even": cell.number % 2 == 0} for part in (0, 1)]


def trouble_cells(scale):
    return [Trouble(kind) for kind in ("fine", "raises", "hangs", "exits", "crashes", "nan", "also fine")]


def trouble(cell):
    if cell.kind == "raises":
        raise RuntimeError("this cell cannot be")
    if cell.kind == "hangs":
        time.sleep(600)
    if cell.kind == "exits":
        os._exit(3)
    if cell.kind == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    return [{"value": float("nan") if cell.kind == "nan" else 1.0}]


def reader(cell):
    from companion.archive import read_archive

    return [{"total": float(read_archive("toys/steady")["value"].sum()) * cell.number}]


def reader_cells(scale):
    return [Cell(1, 0)]


STEADY = Study("toys/steady", "Cells that work.", steady, steady_cells, {"value": Tolerance(1e-12)})
TROUBLED = Study("toys/troubled", "Cells that do not.", trouble, trouble_cells, timeout=1.0)
READER = Study("toys/reader", "Reads another table.", reader, reader_cells, inputs=("toys/steady",))
RAW = Study("toys/raw", "Needs raw data.", reader, reader_cells, requires=("fashion-mnist",))
'''


class Checkout:
    """A root with a library of toy studies."""

    def __init__(self, root: Path):
        self.root = root
        self.lib = root / "lib"
        package = self.lib / "toys"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text('"""Toys."""\n')
        (package / "numerics.py").write_text(NUMERICS)
        (package / "experiments.py").write_text(EXPERIMENTS)

    @property
    def experiments(self):
        return importlib.import_module("toys.experiments")

    @property
    def environment(self) -> dict[str, str]:
        """For other processes that work in this checkout."""
        path = os.pathsep.join([str(self.lib), str(LIBRARY)])
        return {**os.environ, "COMPANION_ROOT": str(self.root), "PYTHONPATH": path}

    def edit(self, old: str, new: str, name: str = "numerics.py") -> None:
        """Change the source of a toy module on disk."""
        file = self.lib / "toys" / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def logged(self) -> list[str]:
        file = self.root / "log"
        return file.read_text().splitlines() if file.is_file() else []

    def cell_files(self) -> list[Path]:
        return sorted(self.root.glob("_build/cells/**/[!.]*.json"))


def _forget_toys() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "toys"]:
        del sys.modules[name]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    made = Checkout(tmp_path / "checkout")
    monkeypatch.setenv("COMPANION_ROOT", str(made.root))
    monkeypatch.syspath_prepend(made.lib)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    _forget_toys()
    yield made
    _forget_toys()


@pytest.fixture
def archived(checkout):
    """A checkout in which the paper-scale table of ``toys/steady`` is archived, without the wait for its cells."""
    from companion import paths, table
    from companion.archive import write_archive
    from companion.cellstore import StoredCell
    from companion.fingerprint import study_fingerprint
    from companion.rows import checked_rows

    study = checkout.experiments.STEADY
    cells = study.cell_list("paper")
    wave = importlib.import_module("toys.numerics").wave
    stored = []
    for cell in cells:
        value = wave(cell.number, cell.seed)
        rows = [{"part": p, "value": value + p, "name": "NA", "even": cell.number % 2 == 0} for p in (0, 1)]
        stored.append(StoredCell(checked_rows(cell, rows), 0.1 * (1 + cell.number % 3), "a processor"))
    path = write_archive(study, "paper", cells, stored, study_fingerprint(study))
    assert path == paths.results_directory() / "toys" / "steady.csv"
    assert table.to_csv_bytes(table.assemble(cells, [item.rows for item in stored])) == path.read_bytes()
    return checkout


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The tiny book, built at the paper's scale; shared by all test processes, so not to be changed."""
    own = tmp_path_factory.getbasetemp()
    return built_once(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture
def tiny(built, tmp_path):
    """A copy of the tiny book, with everything that was executed, for a test to change."""
    return built.copy(tmp_path / "checkout")
