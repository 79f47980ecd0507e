"""What a training step on the line costs: the closed system in lanes, the reference simulator, and plain numpy.

All ways train the same networks with the same step, in one process, one after the other. The times belong to the
machine and are not audited.
"""

import time
from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from twolayer.crossing import simulate_crossings, train_to_verdict
from twolayer.crossing_reference import gradient_step, train
from twolayer.crossing_start import draw_network
from twolayer.half_sided import WeightedData
from twolayer.half_sided_datasets import sample_weights, six_points

WAYS = {"lanes": "closed system", "reference": "reference simulator", "numpy": "plain batched numpy"}
"""The ways compared, and what pages call them."""

REPEATS = 3
"""Each way is timed so often, and the best time counts: disturbances only ever add."""


@dataclass(frozen=True)
class Timing:
    """One way at one width; ``points`` distinct points of the data, ``trials`` networks, ``steps`` steps each.

    With ``steps`` 0, trials run to their verdicts, draws included, on ``threads`` threads.
    """

    way: str
    m: int
    points: int
    trials: int
    steps: int
    threads: int
    seed: int


def _data(points, trials, seed):
    """Return six points, or points between them with the same lines' labels, with weights for each trial."""
    rng = np.random.default_rng([seed, points])
    data = six_points()
    if points > 6:
        x = np.concatenate([-np.linspace(1, 3, points // 2), np.linspace(1, 3, points - points // 2)])
        data = WeightedData(x, np.sign(x) * np.cos(np.pi * (np.abs(x) - 1)))
    return data, np.array([sample_weights(rng, data, 10**6) for _ in range(trials)])


def compute(cell: Timing) -> list[dict]:
    """Return the best wall time, and trial-steps per second."""
    if cell.way not in WAYS:
        raise ValueError(f"there is no way {cell.way!r}: {', '.join(WAYS)}")
    if not cell.steps:
        return [_whole_experiment(cell)]
    data, weights = _data(cell.points, cell.trials, cell.seed)
    sample = WeightedData(data.x, data.y, weights)
    networks = [draw_network(cell.seed, cell.m, k) for k in range(cell.trials)]
    a, w = np.array([n[0] for n in networks]), np.array([n[1] for n in networks])
    # Small steps: no kink crosses within the time measured, so that all ways do the same work.
    h = np.full(cell.trials, 1e-4 / cell.m)

    def lanes(steps):
        return train_to_verdict(a, w, sample, h, cap=steps, certify=False, threads=cell.threads).step.sum()

    def reference(steps):
        return train(a, w, sample, h, cap=steps, certify=False)[1].sum()

    def numpy_steps(steps):
        state = a.copy(), np.zeros_like(a), w.copy(), np.zeros(cell.trials)
        for _ in range(steps):
            gradient_step(*state, data.x, data.y, weights, h)
        return steps * cell.trials

    work = {"lanes": lanes, "reference": reference, "numpy": numpy_steps}[cell.way]
    work(100)  # compiles
    best = np.inf
    for _ in range(REPEATS):
        began = time.perf_counter()
        made = work(cell.steps)
        best = min(best, time.perf_counter() - began)
    return [{"seconds": best, "trial_steps": int(made), "rate": float(made) / best}]


def _whole_experiment(cell: Timing) -> dict:
    """Time one point of the curve of Figure 5, with draws and certificates."""
    simulate_crossings(six_points(), 16, range(20), cell.seed, sample_size=256)  # compiles
    began = time.perf_counter()
    results = simulate_crossings(
        six_points(), cell.m, range(cell.trials), cell.seed, sample_size=cell.m**2, threads=cell.threads
    )
    seconds = time.perf_counter() - began
    made = int(results.step.sum())
    return {"seconds": seconds, "trial_steps": made, "rate": made / seconds}


def cells(scale: str) -> list[Timing]:
    """Return what is timed; the same at both scales, but for the number of steps and trials."""
    small = scale == "quick"
    result = [
        Timing("lanes", m, 6, 64, 1000 if small else 200_000, threads, 1)
        for m in (16, 128, 1024)
        for threads in (1, 2)
    ]
    result += [
        Timing("lanes", 128, points, 64, 1000 if small else 200_000, 1, 1) for points in (60, 600, 6000)
    ]
    steps = {16: 2000, 128: 600, 1024: 100}
    result += [
        Timing(way, m, 6, 64, 20 if small else steps[m], 1, 1)
        for way in ("reference", "numpy")
        for m in steps
    ]
    result += [Timing("numpy", 128, points, 16, 4 if small else 20, 1, 1) for points in (60, 600)]
    widths = (16, 64) if small else tuple(2**k for k in range(4, 12))
    return result + [Timing("lanes", m, 6, 100 if small else 10_000, 0, 2, 1) for m in widths]


THROUGHPUT = Study(
    name="inconsistency/throughput",
    description="Trial-steps per second on the line in three ways, against the width and the number of points.",
    compute=compute,
    cells=cells,
    tolerances={"rate": Tolerance()},
    unaudited=("seconds", "rate", "trial_steps"),
    measures_time=True,
)
