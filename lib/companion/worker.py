"""A process that computes cells, one after the other, and the handle that its owner holds.

Each worker is a fresh interpreter (``python -m companion.worker``) that speaks with its owner through its
standard input and output. Ready-made process pools treat the death of one process as the end of the pool, and
cannot give up a single task; here a cell that crashes the interpreter, or takes too long, costs one worker,
which is started again. A worker runs one thread of BLAS, and ends when its owner does, even in the middle of
a cell.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import IO, Any

from companion import provenance
from companion.rows import checked_rows
from companion.study import Study

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)
START_SECONDS = 600.0
_LENGTH = struct.Struct("!Q")


@dataclass(frozen=True)
class Outcome:
    """What became of a cell.

    Parameters
    ----------
    status : str
        ``"done"``, ``"failed"`` (an exception), ``"timed out"`` or ``"died"`` (the process ended).
    rows : list of dict
        The checked rows, if done.
    seconds : float
        Wall time of ``compute``.
    message : str
        The traceback, or what else is known, if not done.
    processor : str
        Where it was computed.
    """

    status: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    message: str = ""
    processor: str = ""


def task(study: Study, cell: Any) -> bytes:
    """Return the bytes that a worker needs to compute a cell.

    Raises
    ------
    ValueError
        If ``study.compute`` cannot be imported by another process.
    """
    try:
        return pickle.dumps((study.compute, cell, study.may_be_nan))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"study {study.name}: compute and the cells must be defined at the top level of a module, "
            f"where worker processes can import them ({error})"
        ) from None


def _write(stream: IO[bytes], message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    message = stream.read(length)
    return message if len(message) == length else None


class Worker:
    """The owner's handle of one worker process, which starts with the first cell.

    One thread uses it at a time; only `kill` may be called from another.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def compute(self, message: bytes, timeout: float | None = None) -> Outcome:
        """Compute one cell and wait for it.

        Parameters
        ----------
        message : bytes
            As `task` makes it.
        timeout : float or None
            Seconds from the moment the worker has imported what the cell needs.

        Returns
        -------
        Outcome
            Never raises on account of the cell.
        """
        process = self._process or self._start()
        began = time.monotonic()
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        answer = None
        limit = START_SECONDS
        try:
            _write(process.stdin, message)
            for limit in (START_SECONDS, timeout):
                timer = threading.Timer(limit, give_up) if limit is not None else None
                if timer:
                    timer.daemon = True
                    timer.start()
                try:
                    answer = _read(process.stdout)
                finally:
                    if timer:
                        timer.cancel()
                if answer is None or answer != b"ready":
                    break
        except OSError:
            answer = None
        if answer is not None and not late.is_set():
            return Outcome(**pickle.loads(answer))
        code = self.close()
        seconds = time.monotonic() - began
        if late.is_set():
            return Outcome("timed out", seconds=seconds, message=f"gave up after {limit:g} s")
        return Outcome("died", seconds=seconds, message=_describe_exit(code))

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "companion.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        return self._process

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> int | None:
        """End the process and return its exit code; the next cell starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(OSError):
            process.stdin.close()  # the worker ends when its input does
        try:
            code = process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        process.stdout.close()
        return code


def _describe_exit(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the worker process was ended by {name}{hint}"
    return f"the worker process ended with exit code {code} in the middle of the cell"


def compute_cell(compute: Any, cell: Any, may_be_nan: tuple[str, ...]) -> Outcome:
    """Compute a cell in this process and catch what it raises."""
    began = time.perf_counter()
    try:
        rows = checked_rows(cell, compute(cell), may_be_nan)
    except Exception:
        return Outcome("failed", seconds=time.perf_counter() - began, message=traceback.format_exc())
    return Outcome("done", rows, time.perf_counter() - began, processor=provenance.processor())


def _incoming(stream: IO[bytes], waiting: queue.SimpleQueue[bytes]) -> None:
    while (message := _read(stream)) is not None:
        waiting.put(message)
    os._exit(0)  # the owner is gone: nobody wants the cell under way


def main() -> None:
    """Compute cells from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner decides what an interrupt means
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # whatever a cell prints must not end up among the answers
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_incoming, args=(source, waiting), daemon=True).start()
    from threadpoolctl import threadpool_limits

    while True:
        message = waiting.get()
        try:
            compute, cell, may_be_nan = pickle.loads(message)
        except Exception:
            outcome = Outcome("failed", message=traceback.format_exc())
        else:
            _write(target, b"ready")
            with threadpool_limits(limits=1):
                outcome = compute_cell(compute, cell, may_be_nan)
        _write(target, pickle.dumps(vars(outcome)))


if __name__ == "__main__":
    main()
