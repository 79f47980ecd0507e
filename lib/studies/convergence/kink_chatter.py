"""Neurons held on a kink: what they do step by step, and how often each pair of neuron and point changes."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.convergence.instances import DIMENSION, draw
from studies.convergence.label_variants import LONGEST_RUN, start_descent
from twolayer.kink_sliding import sliding_at

ROWS = 300


def window(variant, m, eta, *, first, steps, run=0):
    r"""Follow the neurons at the first point through some steps of a training without valve.

    Parameters
    ----------
    variant : str
        As in :func:`studies.convergence.label_variants.initial_error`.
    m : int
        Number of points; width and dimension are 100.
    eta : float
        Rate.
    first : int
        Step at which the window begins.
    steps : int
        Its length.
    run : int
        Number of the draw.

    Returns
    -------
    active : ndarray of bool, shape (steps, 100)
        Activations at the first point, step by step.
    neurons : DataFrame
        For each neuron its sign z, whether it is held on the kink (at nine of ten looks, one every fifth step), the
        share :math:`\alpha` of active steps that this predicts (mean over these looks), the share seen, and the share
        of the steps at which it changed sides.
    """
    start = draw(DIMENSION, m, run)
    descent = start_descent(variant, start, eta, valve=False)
    descent.advance(first)
    active, held, shares = [], [], []
    for step in range(steps):
        active.append(np.maximum(descent.a @ start.x[0], 0.0) > 0)
        if step % 5 == 0:
            state = sliding_at(start.x, descent.a, descent.w, descent.error, eta, point=0)
            held.append(state.held)
            shares.append(np.nan_to_num(state.active_share))
        descent.advance(1)
    active, held, shares = np.array(active), np.array(held), np.array(shares)
    times = held.sum(axis=0)
    neurons = pd.DataFrame(
        {
            "z": start.w,
            "held": times >= 0.9 * len(held),
            "predicted": np.where(times > 0, shares.sum(axis=0) / np.maximum(times, 1), np.nan),
            "seen": active.mean(axis=0),
            "changes": (active[1:] != active[:-1]).mean(axis=0),
        }
    )
    return active, neurons


@dataclass(frozen=True)
class Run:
    """One training whose course is kept; width and dimension are 100."""

    variant: str
    m: int
    run: int
    eta: float
    valve: bool


def history(cell):
    r"""Train once; return 300 rows at equal distances: step, error norm, and the activation changes per step.

    Parameters
    ----------
    cell : Run
        Which.

    Returns
    -------
    list of dict
        tau, time = eta tau, error and, as means over the steps since the row before, first (changes at the first point)
        and other (at one of the other points).
    """
    start = draw(DIMENSION, cell.m, cell.run)
    descent = start_descent(cell.variant, start, cell.eta, valve=cell.valve)
    descent.advance(LONGEST_RUN)
    changes, norms = descent.activation_changes, descent.error_norms
    ends = np.unique(np.round(np.linspace(0, descent.step, ROWS + 1)).astype(int))
    ends = np.concatenate([ends, np.full(ROWS + 1 - ends.size, descent.step)])  # a short run repeats its end
    total = np.vstack([np.zeros((1, 2), dtype=int), np.cumsum(changes, axis=0)])
    rows = []
    for before, after in itertools.pairwise(ends):
        before = before if before < after else max(0, after - 1)
        mean = (total[after] - total[before]) / max(1, after - before)
        rows.append(
            {
                "tau": int(after),
                "time": float(cell.eta * after),
                "error": float(norms[after]),
                "first": float(mean[1]),
                "other": float((mean[0] - mean[1]) / (cell.m - 1)),
            }
        )
    return rows


def _cells(scale):
    if scale == "quick":
        return [
            Run("local", 300, 0, 1e-3, True),
            Run("random", 300, 0, 1e-3, True),
            Run("local", 300, 0, 1e-3, False),
        ]
    return [
        Run("local", 1000, 0, 1e-3, True),
        Run("random", 1000, 0, 1e-3, True),
        Run("local", 2000, 0, 1e-3, True),
        Run("local", 2000, 0, 1e-3, False),
    ]


_COURSE = Tolerance(rtol=0.5, atol=20.0)

LOCAL_HISTORIES = Study(
    name="convergence/local-histories",
    description="The course of trainings with one large error and with random labels: error norm and changes of "
    "activation at the first point and elsewhere.",
    compute=history,
    cells=_cells,
    # Where a run ends, and with it every row, depends on rounding once neurons sit on a kink.
    tolerances={
        **dict.fromkeys(("time", "error", "first", "other"), _COURSE),
        "tau": Tolerance(rtol=0.5, atol=1000.0),
    },
)
