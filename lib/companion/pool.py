"""Many cells at once: on processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from companion import fingerprint, paths
from companion.study import Study
from companion.worker import Outcome, Worker, task

CONNECT_SECONDS = 20.0


def compute_locally(study: Study, cells: Sequence[Any], workers: int) -> Iterator[tuple[int, Outcome]]:
    """Compute cells on processes of this machine.

    Parameters
    ----------
    study : Study
        The experiment.
    cells : sequence of cells
        The cells to compute.
    workers : int
        How many processes; each uses one thread.

    Yields
    ------
    tuple of int and Outcome
        Position of the cell, and what became of it, in the order in which they end. Closing the iterator ends
        the processes.
    """
    messages = [task(study, cell) for cell in cells]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(messages)):
        waiting.put(number)
    finished: queue.SimpleQueue[tuple[int, Outcome, threading.Semaphore] | BaseException] = (
        queue.SimpleQueue()
    )
    stopped = threading.Event()
    crew = [Worker() for _ in range(min(workers, len(messages)))]
    # A worker starts its next cell when the last one has been taken up (and stored): a killed run then loses no more
    # than the cells under way, however slow the disk is.
    taken = [threading.Semaphore(0) for _ in crew]

    def work(worker: Worker, taken_up: threading.Semaphore) -> None:
        try:
            while not stopped.is_set():
                try:
                    number = waiting.get_nowait()
                except queue.Empty:
                    break
                finished.put((number, worker.compute(messages[number], study.timeout), taken_up))
                taken_up.acquire()
        except BaseException as error:  # a fault of this machinery: the loop below raises it
            finished.put(error)
        finally:
            worker.close()

    threads = [
        threading.Thread(target=work, args=pair, daemon=True) for pair in zip(crew, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in messages:
            result = finished.get()
            if isinstance(result, BaseException):
                raise result
            number, outcome, taken_up = result
            yield number, outcome
            taken_up.release()
    finally:
        stopped.set()
        for taken_up in taken:
            taken_up.release()
        for worker, thread in zip(crew, threads, strict=True):
            while thread.is_alive():  # a thread may have been about to start its process
                worker.kill()
                thread.join(0.1)


_thread = threading.local()


@functools.lru_cache
def _code_here(modules: tuple[str, ...]) -> str:
    return fingerprint.combine(fingerprint.code_digests(modules, paths.library_directory()))


def compute_remotely(
    message: bytes, timeout: float | None, modules: tuple[str, ...], code: str
) -> dict[str, Any]:
    """Compute one cell on a Dask worker, in a process of its own so that it can be given up.

    Parameters
    ----------
    message : bytes
        As `companion.worker.task` makes it.
    timeout : float or None
        Seconds.
    modules : tuple of str
        The modules of the study.
    code : str
        Digest of the code that the client expects.

    Returns
    -------
    dict
        The fields of an Outcome; failed if the worker's checkout holds other code.
    """
    here = _code_here(modules)
    if here != code:
        text = (
            f"the checkout of the Dask worker holds other code ({here}) than the client's ({code}): update it"
        )
        return vars(Outcome("failed", message=text))
    if not hasattr(_thread, "worker"):
        _thread.worker = Worker()
    return vars(_thread.worker.compute(message, timeout))


def compute_on_cluster(study: Study, cells: Sequence[Any], scheduler: str) -> Iterator[tuple[int, Outcome]]:
    """Compute cells on a Dask cluster; see `compute_locally`.

    Parameters
    ----------
    study : Study
        The experiment.
    cells : sequence of cells
        The cells to compute.
    scheduler : str
        Address of the scheduler, such as ``tcp://127.0.0.1:8786``. Its workers need this package and the same
        code.

    Yields
    ------
    tuple of int and Outcome

    Raises
    ------
    ConnectionError
        If there is no scheduler at that address.
    """
    from distributed import Client, as_completed  # slow to import, and few need it

    code = fingerprint.combine(fingerprint.code_digests(study.modules()))
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConnectionError(f"no Dask scheduler at {scheduler}: {error}") from None
    with client:
        futures = {}
        for number, cell in enumerate(cells):
            arguments = (task(study, cell), study.timeout, study.modules(), code)
            futures[client.submit(compute_remotely, *arguments, pure=False)] = number
        try:
            for future in as_completed(list(futures), loop=client.loop):
                error = future.exception() if future.status != "cancelled" else None
                if future.status == "finished":
                    outcome = Outcome(**future.result())
                elif error is not None:
                    outcome = Outcome("died", message=f"on the cluster: {error!r}")
                else:
                    outcome = Outcome(
                        "died", message="the cluster dropped the cell; is the scheduler still there?"
                    )
                number = futures[future]
                future.release()
                yield number, outcome
        finally:
            with contextlib.suppress(Exception):  # the cluster may be gone
                client.cancel(list(futures))


def compute_cells(
    study: Study, cells: Sequence[Any], workers: int = 2, scheduler: str | None = None
) -> Iterator[tuple[int, Outcome]]:
    """Compute cells on ``workers`` local processes, or on a Dask cluster where a scheduler is named.

    Raises
    ------
    ValueError
        If ``workers`` is not a positive integer.
    """
    if scheduler:
        return compute_on_cluster(study, cells, scheduler)
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ValueError(f"workers must be a positive integer, got {workers!r}")
    return compute_locally(study, cells, workers)
