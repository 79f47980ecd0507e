r"""Figure 5: the norm that gradient descent ends with, against the number of points, at several scales of the start.

The paper's protocol: rate 0.5, mean square, hidden weights of norm :math:`\lambda/\sqrt m` in uniform directions,
output weights :math:`\pm\lambda/\sqrt m`, at most a million epochs, labels N(0, 1), three repetitions with new
weights and the same labels. The scale, the widths, the numbers of points and the stopping loss that were used are
lost: see :data:`SCALES`. Beside every run stands Algorithm 1 on the same draw. A second set of runs redraws the labels
too: it says how much another seed can change.
"""

from dataclasses import dataclass

from companion.study import Study, Tolerance
from studies.incremental.mild_width import mild_width
from studies.incremental.random_networks import fixed_labels, log_scale, small_start
from twolayer.jump_process import jump_process, least_squared_norm
from twolayer.log_scaled_descent import log_scaled_descent

RATE = 0.5
STOP = 1e-5
EPOCHS = 10**6
SCALES = (-6, -20, -200)
r"""Exponents of the :math:`\lambda` that are tried."""

POINTS = {"paper": tuple(2**k for k in range(4, 13)), "quick": (16, 32, 64, 128, 256)}
REDRAWN = {"paper": (16, 64, 256, 512, 1024), "quick": (16, 64)}
REPETITIONS = {("paper", "fixed"): 3, ("paper", "new"): 20, ("quick", "fixed"): 3, ("quick", "new"): 6}


@dataclass(frozen=True)
class Cell:
    """One run; ``labels`` is "fixed" or "new", drawn with each repetition."""

    n: int
    log10_scale: int
    labels: str
    repetition: int


def train(y, m, log10_scale, repetition, *, rate=RATE, stop_loss=STOP, epochs=EPOCHS):
    """Train from a small start, and run Algorithm 1 on the same draw.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    m : int
        Neurons.
    log10_scale : float
        Exponent of the scale of the start.
    repetition : int
        Seeds the start.
    rate, stop_loss, epochs
        Of the descent.

    Returns
    -------
    dict
        Optimum, squared norm, epochs, outcome, last loss; the squared norm that Algorithm 1 finds, its number of jumps
        and of points that nobody covers.
    """
    start = small_start(y, m, repetition)
    path = log_scaled_descent(
        start.directions,
        start.signs,
        y,
        log_scale(log10_scale, m),
        rate=rate,
        factor=2.0,
        stop_loss=stop_loss,
        epochs=epochs,
    )
    process = jump_process(start.active, start.signs, y, factor=2.0, ties="first")
    return {
        "optimum": least_squared_norm(y),
        "squared_norm": path.squared_norm,
        "epochs": int(path.epochs[-1]),
        "outcome": path.outcome,
        "loss": float(path.losses[-1]),
        "algorithm": process.squared_norm,
        "jumps": int(process.times.size),
        "uncovered": int((process.fitted_by < 0).sum()),
    }


def compute(cell):
    """Train one network; return one row."""
    redraw = cell.repetition + 1 if cell.labels == "new" else 0
    m = mild_width(cell.n)
    return [{"m": m, **train(fixed_labels(cell.n, redraw), m, cell.log10_scale, cell.repetition)}]


def cells(scale):
    """Return the runs of a scale, the longest first."""
    return [
        Cell(n, exponent, labels, repetition)
        for labels, points in (("fixed", POINTS[scale]), ("new", REDRAWN[scale]))
        for n in reversed(points)
        for exponent in reversed(SCALES)
        for repetition in range(REPETITIONS[scale, labels])
    ]


DESCENT_TOLERANCES = {
    # Rounding decides nothing but the epoch of the end; another machine's exponential may shift it by one.
    "epochs": Tolerance(rtol=1e-3, atol=2.0),
    "squared_norm": Tolerance(rtol=1e-6),
    "loss": Tolerance(rtol=1e-2),
    **dict.fromkeys(("optimum", "algorithm"), Tolerance(rtol=1e-9)),
}

NORM_AGAINST_POINTS = Study(
    name="incremental/norm-against-points",
    description="Figure 5: squared norm after gradient descent from small balanced starts for 16 to 4096 points at "
    "three scales, with Algorithm 1 on the same draws; and with redrawn labels.",
    compute=compute,
    cells=cells,
    tolerances=DESCENT_TOLERANCES,
)
