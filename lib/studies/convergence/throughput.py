"""What a step of section 4 costs: the fused step, the paper's algorithm in numpy, and its two matrix products alone.

Each way runs one training of its own on every thread, as the archived tables were computed, one BLAS thread each; the
products alone are what no way that multiplies these matrices can beat. Times belong to the machine and are not audited.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from companion.study import Study, Tolerance
from studies.convergence.instances import DIMENSION, draw
from twolayer.two_rate_descent import TwoRateDescent

WAYS = {"fused": "the book's step", "numpy": "the algorithm in numpy", "products": "its two products alone"}
"""The ways compared, and what pages call them."""

REPEATS = 5
RATE = 1e-6
"""So small that no error grows within the time measured."""


@dataclass(frozen=True)
class Timing:
    """One way at one size, with so many trainings side by side; ``operations`` floating-point operations each."""

    way: str
    S: int
    m: int
    threads: int
    operations: float


def numpy_step(x, y, a, w, rate, buffers):
    """Make one step of the paper's algorithm with everything allocated before; return the error."""
    pre, mask, start, changed, left, gradient = buffers
    np.matmul(a, x.T, out=pre)
    np.greater(pre, 0.0, out=mask)
    changed |= mask != start
    np.maximum(pre, 0.0, out=pre)
    error = w @ pre - y
    np.multiply(mask, error, out=left)
    np.matmul(left, x, out=gradient)
    gradient *= (rate * w)[:, None]
    a -= gradient
    return error


def _work(cell, run):
    """Return a function of the number of steps, and the final error of a training (None for the products)."""
    start = draw(cell.S, cell.m, run)
    if cell.way == "fused":
        descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(RATE, 0.0))
        return descent.advance, lambda: descent.error
    shape = (cell.S, cell.m)
    a, pre, gradient = start.a.copy(), np.zeros(shape), np.empty_like(start.a)
    mask, left = np.empty(shape, dtype=bool), np.ones(shape)
    buffers = pre, mask, start.a @ start.x.T > 0, np.zeros(shape, dtype=bool), left, gradient
    last = [None]

    def steps(count):
        for _ in range(count):
            last[0] = numpy_step(start.x, start.y, a, start.w, RATE, buffers)

    def products(count):
        for _ in range(count):
            np.matmul(start.a, start.x.T, out=pre)
            np.matmul(left, start.x, out=gradient)

    # The book's step counts a step when the error after it is known.
    return (steps if cell.way == "numpy" else products), lambda: last[0]


def compute(cell: Timing) -> list[dict]:
    """Return the best wall time for the whole work, and operations per second and thread."""
    if cell.way not in WAYS:
        raise ValueError(f"there is no way {cell.way!r}: {', '.join(WAYS)}")
    per_step = 4 * cell.S * cell.m * DIMENSION
    count = max(2, round(cell.operations / per_step))
    best = np.inf
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(cell.threads) as pool:
        work = [_work(cell, run)[0] for run in range(cell.threads)]
        list(pool.map(lambda step: step(2), work))  # compiles, touches all memory
        for _ in range(REPEATS):
            begin = time.perf_counter()
            list(pool.map(lambda step: step(count), work))
            best = min(best, time.perf_counter() - begin)
    return [{"steps": count, "seconds": best, "rate": count * per_step / best}]


def _cells(scale):
    work = 8e9 if scale == "paper" else 4e7
    sizes = (
        ((100, 100), (100, 1000), (100, 5000), (500, 500), (1000, 1000))
        if scale == "paper"
        else ((100, 100),)
    )
    return [Timing(way, S, m, threads, work) for S, m in sizes for way in WAYS for threads in (1, 2)]


THROUGHPUT = Study(
    name="convergence/throughput",
    description="Operations per second of the fused step of gradient descent, of the same algorithm in numpy, and of "
    "its two matrix products alone, on one core and on two.",
    compute=compute,
    cells=_cells,
    tolerances={"steps": Tolerance()},
    unaudited=("seconds", "rate"),
    measures_time=True,
)
