"""Runs are complete, resumable and the same to the byte, whatever happens on the way."""

import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from companion import runner, table
from companion.archive import read_archive
from companion.runner import CellError, compute_table

RUN = (
    "from companion import runner; from toys.experiments import STEADY; print(runner.run(STEADY, workers=2))"
)


def quiet(study, *arguments, **options):
    return runner.run(study, *arguments, stream=io.StringIO(), **options)


def is_alive(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_kill_9_at_any_moment_loses_nothing_and_changes_no_byte(archived, tmp_path):
    """The reference is the table that the fixture wrote from numbers made in this process."""
    target = archived.root / "results" / "toys" / "steady.csv"
    expected = target.read_bytes()
    target.unlink()
    target.with_suffix(".json").unlink()
    study = archived.experiments.STEADY
    for wanted in (1, 6):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN], env=archived.environment, stderr=subprocess.DEVNULL
        )
        while len(archived.cell_files()) < wanted:
            assert process.poll() is None
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not target.exists()
        assert len(archived.cell_files()) < 16
    before = len(archived.cell_files())
    workers = {int(line.split()[-1]) for line in archived.logged()}
    deadline = time.monotonic() + 20
    while any(map(is_alive, workers)):  # the workers notice that they are orphans
        assert time.monotonic() < deadline
        time.sleep(0.02)
    archived.cell_files()[0].write_text("half a ce")  # as a failing disk would leave it
    report = quiet(study)
    assert (report.reused, report.computed) == (before - 1, 16 - before + 1)
    assert report.ok
    assert report.table == target
    assert target.read_bytes() == expected
    # at most the two cells that each killed run had under way were computed in vain, and the damaged one
    computed = [line.rsplit(" ", 1)[0] for line in archived.logged()]
    assert len(set(computed)) == 16
    assert len(computed) <= 16 + 2 * 2 + 1


def test_one_worker_many_workers_and_this_process_agree_to_the_byte(checkout):
    study = checkout.experiments.STEADY
    tables = []
    for workers in (1, 3):
        report = quiet(study, "quick", workers, fresh=True)
        assert (report.computed, report.exit_status) == (4, 0)
        tables.append(report.table.read_bytes())
    assert report.table == checkout.root / "_build" / "results" / "quick" / "toys" / "steady.csv"
    assert tables[0] == tables[1] == table.to_csv_bytes(compute_table(study, "quick"))
    again = quiet(study, "quick")
    assert (again.computed, again.reused) == (0, 4)
    assert "0 cells computed, 4 reused" in str(again)
    assert len(read_archive(study, "quick")) == 8


def test_a_change_of_the_code_computes_anew(checkout):
    study = checkout.experiments.STEADY
    first = quiet(study, "quick").table.read_bytes()
    checkout.edit("FACTOR = 3.0", "FACTOR = 5.0")
    report = quiet(study, "quick")  # fresh processes import the changed source
    assert (report.computed, report.reused) == (4, 0)
    assert report.table.read_bytes() != first


def test_troubles_stay_with_their_cells(checkout):
    study = checkout.experiments.TROUBLED
    report = quiet(study, "quick", 2)
    failures = {failure.cell.kind: failure for failure in report.failures}
    assert {kind: failure.status for kind, failure in failures.items()} == {
        "raises": "failed",
        "hangs": "timed out",
        "exits": "died",
        "crashes": "died",
        "nan": "failed",
    }
    assert "RuntimeError: this cell cannot be" in failures["raises"].message
    assert "Traceback" in failures["raises"].message
    assert failures["hangs"].message == "gave up after 1 s"
    assert "exit code 3" in failures["exits"].message
    assert "SIGSEGV" in failures["crashes"].message
    assert "'value' is NaN" in failures["nan"].message
    assert report.exit_status == 1
    assert report.table is None
    assert not list(checkout.root.glob("_build/results/**/*.csv"))
    assert "5 cells could not be computed" in str(report)
    assert "cell (kind='hangs') timed out" in str(report)
    assert len(checkout.cell_files()) == 2
    again = quiet(study, "quick", 2)
    assert (again.reused, again.computed, len(again.failures)) == (2, 0, 5)


def test_a_study_that_other_processes_cannot_import_is_refused(checkout):
    def inner(cell):
        return [{"value": 1.0}]

    inner.__module__ = "toys.experiments"
    study = replace(checkout.experiments.STEADY, compute=inner)
    with pytest.raises(ValueError, match="top level of a module"):
        quiet(study, "quick")


def test_bad_numbers_of_workers_are_refused(checkout):
    for workers in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="workers must be a positive integer"):
            quiet(checkout.experiments.STEADY, "quick", workers)


def test_compute_may_be_partial(checkout):
    study = replace(checkout.experiments.STEADY, compute=partial(checkout.experiments.steady))
    assert quiet(study, "quick").ok


def test_a_failure_in_this_process_names_the_cell(checkout):
    study = replace(
        checkout.experiments.TROUBLED, cells=lambda scale: [checkout.experiments.Trouble("raises")]
    )
    with pytest.raises(CellError, match=r"study toys/troubled, cell \(kind='raises'\): this cell cannot be"):
        compute_table(study, "quick")


def test_workers_use_one_thread(checkout):
    code = (
        "import os\n\n\ndef threads(cell):\n    import numpy\n    from threadpoolctl import threadpool_info\n\n"
        "    sizes = [pool['num_threads'] for pool in threadpool_info()]\n"
        "    return [{'threads': max(sizes), 'variable': os.environ['OMP_NUM_THREADS']}]\n"
    )
    (checkout.lib / "toys" / "threads.py").write_text(code)
    from toys.threads import threads

    study = replace(checkout.experiments.READER, compute=threads, inputs=())
    assert quiet(study, "quick").ok
    frame = read_archive(study, "quick")
    assert (frame["threads"].tolist(), frame["variable"].tolist()) == ([1], ["1"])
