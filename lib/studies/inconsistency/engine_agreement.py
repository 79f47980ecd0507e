"""The fast engine for the line against the neuron-by-neuron simulator, trial by trial on the same draws."""

from dataclasses import dataclass

import numpy as np

from companion.study import Study
from twolayer.crossing import OUTCOMES, simulate_crossings
from twolayer.crossing_protocol import batch_generator, batch_thresholds
from twolayer.crossing_reference import train
from twolayer.crossing_start import draw_network
from twolayer.half_sided import WeightedData
from twolayer.half_sided_datasets import sample_weights, six_points

BATCH = 16


@dataclass(frozen=True)
class Comparison:
    """Consecutive trials of one optimiser at one width, trained twice."""

    optimizer: str
    m: int
    first: int
    trials: int
    seed: int


def train_both_ways(cell: Comparison):
    """Return the ends of the same trainings by the fast engine, and outcome and step of each by the reference.

    Gradient descent ends with a crossing or a certificate, stochastic gradient descent with a crossing or early
    stopping, on the same batches.
    """
    data, sgd = six_points(), cell.optimizer == "SGD"
    trials = range(cell.first, cell.first + cell.trials)
    fast = simulate_crossings(
        data,
        cell.m,
        trials,
        cell.seed,
        sample_size=cell.m**2,
        early_stopping=sgd,
        batch_size=BATCH if sgd else 0,
    )
    a, w, weights, validation = [], [], [], []
    for trial in trials:
        hidden, outer, rng = draw_network(cell.seed, cell.m, trial)
        a.append(hidden)
        w.append(outer)
        weights.append(sample_weights(rng, data, cell.m**2))
        validation.append(sample_weights(rng, data, cell.m**2))
    weights = np.array(weights)
    states = np.array([batch_generator([cell.seed, cell.m, trial, 1]) for trial in trials])
    outcome, step = train(
        np.array(a),
        np.array(w),
        WeightedData(data.x, data.y, weights),
        fast.step_size,
        certify=not sgd,
        validation_weights=np.array(validation) if sgd else None,
        generators=(states, batch_thresholds(weights)) if sgd else None,
        batch_size=BATCH,
    )
    return fast, outcome, step


def compute(cell: Comparison) -> list[dict]:
    """Return how many verdicts and how many steps agree."""
    fast, outcome, step = train_both_ways(cell)
    return [
        {
            "same_verdict": int((fast.outcome == outcome).sum()),
            "same_step": int(((fast.outcome == outcome) & (fast.step == step)).sum()),
            "crossed": int((outcome == OUTCOMES.index("crossed")).sum()),
            "certified": int((outcome == OUTCOMES.index("certified")).sum()),
            "early_stopped": int((outcome == OUTCOMES.index("early stopped")).sum()),
            "flipped_trials": int((fast.flips > 0).sum()),
        }
    ]


def cells(scale: str) -> list[Comparison]:
    """Return blocks of trials: at the paper's scale 500 for each optimiser and each of four widths."""
    if scale == "quick":
        return [Comparison("GD", 16, 0, 40, 21)]
    return [
        Comparison(optimizer, m, first, 125, 21)
        for m in (16, 32, 64, 128)
        for optimizer in ("GD", "SGD")
        for first in range(0, 500, 125)
    ]


ENGINE_AGREEMENT = Study(
    name="inconsistency/engine-agreement",
    description="Verdict and stopping step of the fast engine and of the neuron-by-neuron simulator, trial by trial.",
    compute=compute,
    cells=cells,
)
