"""The same run on a real Dask cluster: one scheduler, two worker processes, all on the loopback interface."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from companion import pool, runner

RUN = """
import json, sys
from companion import runner
from distributed import Client
from toys import experiments

with Client(sys.argv[1]) as client:
    client.wait_for_workers(2, timeout=60)
out = {}
for name, scale in (("STEADY", "paper"), ("TROUBLED", "quick")):
    report = runner.run(getattr(experiments, name), scale, scheduler=sys.argv[1])
    failures = {failure.cell.kind: [failure.status, failure.message] for failure in report.failures}
    out[name] = [report.computed, report.reused, failures, str(report.table)]
print(json.dumps(out))
"""


@contextlib.contextmanager
def running(command, environment):
    """Run a program in a process group of its own, and end the whole group."""
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def cluster(environment, folder):
    file = folder / "scheduler.json"
    program = [sys.executable, "-m", "dask"]
    place = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    worker = [*program, "worker", *place, "--nthreads", "1", "--local-directory", str(folder)]
    with (
        running([*program, "scheduler", "--port", "0", *place], environment) as scheduler,
        running(worker, environment),
        running(worker, environment),
    ):
        deadline = time.monotonic() + 60
        while not file.is_file():
            assert scheduler.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        while True:
            with contextlib.suppress(ValueError):
                address = json.loads(file.read_text())["address"]
                break
        assert address.startswith("tcp://127.0.0.1:")
        yield address


def test_a_cluster_gives_the_same_bytes_and_the_same_reports(archived, tmp_path):
    target = archived.root / "results" / "toys" / "steady.csv"
    expected = target.read_bytes()
    target.unlink()
    with cluster(archived.environment, tmp_path) as address:
        command = [sys.executable, "-c", RUN, address]
        done = subprocess.run(command, env=archived.environment, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout.splitlines()[-1])
    assert out["STEADY"] == [16, 0, {}, str(target)]
    assert target.read_bytes() == expected
    computed, reused, failures, _ = out["TROUBLED"]
    assert (computed, reused) == (2, 0)
    assert {kind: status for kind, (status, _) in failures.items()} == {
        "raises": "failed",
        "hangs": "timed out",
        "exits": "died",
        "crashes": "died",
        "nan": "failed",
    }
    assert "RuntimeError: this cell cannot be" in failures["raises"][1]
    assert len({line.split()[-1] for line in archived.logged()}) == 2  # both workers took part


def test_a_worker_with_other_code_is_refused(checkout):
    from companion.pool import compute_remotely
    from companion.worker import task

    study = checkout.experiments.STEADY
    message = task(study, study.cell_list("quick")[0])
    outcome = compute_remotely(message, None, study.modules(), "0123456789abcdef")
    assert outcome["status"] == "failed"
    assert "the checkout of the Dask worker holds other code" in outcome["message"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_scheduler_is_one_sentence(checkout, monkeypatch):
    monkeypatch.setattr(pool, "CONNECT_SECONDS", 1.0)
    with pytest.raises(ConnectionError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1:"):
        runner.run(checkout.experiments.STEADY, "quick", scheduler="tcp://127.0.0.1:1")
