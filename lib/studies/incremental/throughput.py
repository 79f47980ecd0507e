"""What the run of Figure 1 costs in four ways, and what Algorithm 1 costs.

The hybrid flow crosses a plateau in one step; gradient descent has to walk through all of it, in numpy as the paper's
text describes it, or in the book's compiled loop. Inside jumps the flow is integrated by compiled code, or by scipy,
whose method that is. All ways give the losses of the plateaus, which are compared. Times belong to the machine and are
not audited.
"""

import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.instances import mixed_instance, positive_instance
from studies.incremental.mild_width import mild_width
from twolayer.jump_process import jump_process
from twolayer.jump_window import compiled_window, scipy_window
from twolayer.log_scaled_descent import log_scaled_descent
from twolayer.saddle_flow import saddle_flow

WAYS = {
    "hybrid": "the hybrid flow",
    "scipy": "the hybrid flow, jumps by scipy",
    "compiled": "gradient descent, compiled",
    "numpy": "gradient descent in numpy",
    "algorithm": "Algorithm 1",
}
"""The ways compared, and what pages call them."""

RATE = 0.01
REPEATS = 5
PLATEAUS = 5
TOLERANCE, SAMPLES = 1e-8, 20
"""Of the hybrid flow; so it records some 1500 points, as many as gradient descent here."""


@dataclass(frozen=True)
class Timing:
    """One way; ``points`` and ``width`` are 64 and 6 except for Algorithm 1, ``length`` is log(1/lambda) or 0."""

    way: str
    points: int
    width: int
    length: float


def numpy_descent(instance, log_scale, epochs, looks):
    """Train in plain numpy with preallocated buffers; return the losses at the looked-at epochs.

    The weights are stored as they are, so that exp(log_scale) must not underflow.
    """
    z = np.exp(log_scale) * instance.directions
    # Squares of such weights underflow, so the norms are taken before they are made small.
    w = np.exp(log_scale) * instance.signs * np.linalg.norm(instance.directions, axis=1)
    n, losses, looks = instance.y.size, [], set(looks)
    positive, moves, mask = np.empty_like(z), np.empty_like(z), np.empty(z.shape, dtype=bool)
    for epoch in range(epochs + 1):
        np.maximum(z, 0.0, out=positive)
        pull = instance.y - w @ positive
        if epoch in looks:
            losses.append(float(pull @ pull) / (2 * n))
        np.greater(z, 0.0, out=mask)
        np.multiply.outer(w * (RATE / n), pull, out=moves)
        moves *= mask
        w += RATE / n * (positive @ pull)
        z += moves
    return losses


def _work(cell):
    """Return a function that does the whole work and returns the losses of the plateaus."""
    if cell.way == "algorithm":
        start = mixed_instance(0, cell.points, cell.width)
        active = start.active
        return lambda: jump_process(active, start.signs, start.y, ties="first").losses[1 : PLATEAUS + 1]
    start = positive_instance(n=cell.points, m=cell.width)
    process = jump_process(start.active, start.signs, start.y)
    middles = cell.length * (process.times[1:] + process.times[:-1]) / 2
    last = int(1.04 * cell.length * process.times[-1] / RATE)
    looks = np.round(middles / RATE).astype(int)

    def flow(integrate):
        path = saddle_flow(
            start.directions, start.signs, start.y, -cell.length,
            tolerance=TOLERANCE, samples=SAMPLES, integrate=integrate,
        )  # fmt: skip
        return np.interp(middles, path.times, path.losses)

    def compiled():
        path = log_scaled_descent(
            start.directions, start.signs, start.y, -cell.length, rate=RATE, epochs=last, record_every=500
        )
        return np.interp(looks, path.epochs, path.losses)

    def plain():
        return numpy_descent(start, -cell.length, last, looks.tolist())

    flows = {"hybrid": partial(flow, compiled_window), "scipy": partial(flow, scipy_window)}
    return (flows | {"compiled": compiled, "numpy": plain})[cell.way]


def compute(cell):
    """Return the best wall time for the whole work, and the losses of the first plateaus after a jump."""
    if cell.way not in WAYS:
        raise ValueError(f"there is no way {cell.way!r}: {', '.join(WAYS)}")
    work, best = _work(cell), np.inf
    if cell.way != "numpy":
        work()  # compiles, touches all memory
    for _ in range(1 if cell.way == "numpy" else REPEATS):
        begin = time.perf_counter()
        losses = work()
        best = min(best, time.perf_counter() - begin)
    return [{"seconds": best} | {f"plateau_{k + 1}": float(losses[k]) for k in range(PLATEAUS)}]


def _cells(scale):
    length, largest = (500.0, 65536) if scale == "paper" else (60.0, 4096)
    run = [Timing(way, 64, 6, length) for way in ("hybrid", "scipy", "compiled", "numpy")]
    run += [Timing(way, 64, 6, 4 * length) for way in ("hybrid", "scipy", "compiled")]
    sizes = [n for n in (1024, 4096, 16384, 65536) if n <= largest]
    return [*run, *(Timing("algorithm", n, mild_width(n), 0.0) for n in sizes)]


THROUGHPUT = Study(
    name="incremental/throughput",
    description="Wall time of Figure 1's run by the hybrid flow, by compiled descent and in numpy, and of Algorithm 1.",
    compute=compute,
    cells=_cells,
    # The looks of gradient descent are at the middle of the plateau, where the loss is flat.
    tolerances={f"plateau_{k + 1}": Tolerance(1e-5) for k in range(PLATEAUS)},
    unaudited=("seconds",),
    measures_time=True,
)
