r"""How far training moves the weights of wide networks: the exponents of Theorem 10.

Networks with He weights are trained on the six points of Example 1 with the largest step that Remark 11 allows,
:math:`h = \lambda_{\max}(H)^{-1}`, for 400 m steps: twelve times the slow mode's time of 98 m / 3 steps. The suprema
over all steps and neurons are exact (see :mod:`twolayer.largest_movement`).

A second panel raises the labels of the positive side by :math:`\psi_q = m^{\gamma_\psi - 1}`, which becomes that side's
intercept: hypothesis (d) with :math:`K_\psi = 1`.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from twolayer.closed_system import largest_step, neuron_moments
from twolayer.half_sided import WeightedData, half_sided_moments
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.largest_movement import LargestMovement, largest_movements

QUANTITIES = ("a", "b", "w", "c", "kink", "kappa")
"""The suprema that are measured: attributes of ``LargestMovement``."""

STEPS_PER_NEURON = 400
"""Steps of a run over its width."""

NO_INTERCEPT = -1.0
r"""Stands for :math:`\psi_q = 0` among the exponents :math:`\gamma_\psi`."""


@dataclass(frozen=True)
class Movements:
    r"""Many runs at one width.

    ``gamma_psi`` sets the intercept :math:`m^{\gamma_\psi - 1}` of the positive side (``NO_INTERCEPT``: zero);
    ``frozen`` follows the activation pattern of the start to the end, whatever the kinks do.
    """

    width: int
    gamma_psi: float
    frozen: bool
    trials: int
    seed: int


def data_with_intercept(intercept: float) -> WeightedData:
    """Return the six points with the labels of the positive side raised by the intercept."""
    data = six_points()
    return WeightedData(data.x, data.y + intercept * (data.x > 0))


def simulate(cell: Movements, multiple: float = 1.0, method: str = "hull") -> LargestMovement:
    r"""Run the trials of a cell.

    Parameters
    ----------
    cell : Movements
        Which runs.
    multiple : float
        Of the step :math:`\lambda_{\max}(H)^{-1}`.
    method : str
        As in :func:`twolayer.largest_movement.largest_movements`.

    Returns
    -------
    LargestMovement
        Of shape (trials,). Cost O(400 m) for each trial.
    """
    m = cell.width
    intercept = 0.0 if cell.gamma_psi == NO_INTERCEPT else m ** (cell.gamma_psi - 1)
    data = data_with_intercept(intercept)
    start = he(np.random.default_rng([cell.seed, m]), m, 1, (cell.trials,))
    a = start.a[..., 0]
    limit = largest_step(neuron_moments(a, start.b, start.w), half_sided_moments(data)[0])
    return largest_movements(
        a,
        start.w,
        data,
        step_size=multiple * limit,
        steps=STEPS_PER_NEURON * m,
        stop_at_crossing=not cell.frozen,
        method=method,
    )


def median_with_error(values: np.ndarray, seed: int) -> tuple[float, float]:
    """Return the median and its relative standard error, from 400 bootstrap samples of the logarithms.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Positive numbers.
    seed : int
        Of the bootstrap.

    Returns
    -------
    median, relative_error : float
        Cost O(400 n).
    """
    draws = np.random.default_rng([seed, len(values)]).integers(len(values), size=(400, len(values)))
    medians = np.median(np.log(values)[draws], axis=1)
    return float(np.median(values)), float(medians.std(ddof=1))


def compute(cell: Movements) -> list[dict]:
    """Return quantiles of the suprema over the runs that crossed no data point, one row for each quantity."""
    runs = simulate(cell)
    kept = ~runs.crossed
    rows = []
    for name in QUANTITIES:
        values = getattr(runs, name)[kept]
        median, error = median_with_error(values, cell.seed) if len(values) > 1 else (np.nan, np.nan)
        low, high = np.quantile(values, [0.1, 0.9]) if len(values) else (np.nan, np.nan)
        rows.append(
            {
                "quantity": name,
                "median": median,
                "relative_error": error,
                "low": float(low),
                "high": float(high),
                "crossed": int(runs.crossed.sum()),
                "flipped": int(runs.flipped.sum()),
            }
        )
    return rows


WIDTHS = tuple(2**e for e in range(5, 12))
"""The widths of the fit, 32 to 2048."""

GAMMAS = (0.0, 0.25, 0.5, 1.0)
r"""Exponents :math:`\gamma_\psi` of the second panel; the last is an intercept that does not shrink."""


def cells(scale: str) -> list[Movements]:
    """Return 500 runs for each width of the fit and 100 for three more octaves; then the panel of intercepts."""
    if scale == "paper":
        base = [Movements(m, NO_INTERCEPT, False, 500, 0) for m in WIDTHS]
        base += [Movements(m, NO_INTERCEPT, False, 100, 0) for m in (4096, 8192, 16384)]
        widths, trials = WIDTHS[:-1], 300
    else:
        base = [Movements(m, NO_INTERCEPT, False, 60, 0) for m in WIDTHS[:4]]
        widths, trials = WIDTHS[:3], 30
    return base + [
        Movements(m, g, frozen, trials, 1) for frozen in (False, True) for g in GAMMAS for m in widths
    ]


# The sums are long and their order is fixed, but a processor may fuse a multiplication with an addition; what is left
# of a - a_0 after cancellation is then known to 1e-16 / 1e-7 of itself.
_SUPREMUM = Tolerance(rtol=1e-6)

MOVEMENT = Study(
    name="inconsistency/movement",
    description="Largest movement of the weights, kinks and accumulated drive over a whole training run on the six "
    "points of Example 1, against the width, and with an intercept on one side (Theorem 10).",
    compute=compute,
    cells=cells,
    tolerances=dict.fromkeys(("median", "low", "high"), _SUPREMUM) | {"relative_error": Tolerance(rtol=1e-4)},
    may_be_nan=("median", "relative_error", "low", "high"),
    timeout=1800.0,
)
