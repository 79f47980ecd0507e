r"""The certificate of Appendix G put to the test: certified networks are trained ten times further.

A trial is one of Section 9.1: :math:`n = m^2` points drawn from the six of Example 1, He weights, and
:math:`h = \lambda_{\max}(H)^{-1}` of that trial. At times that grow by three per cent the certificate is
asked, once with the sharp norm of the eigenvectors and once with the norm of the authors' code.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from twolayer.certificate import EIGENVECTOR_NORMS, bound_future_drive, extreme_neurons, margins
from twolayer.closed_system import largest_step, neuron_moments
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import sampled, six_points
from twolayer.initialisation import he
from twolayer.long_run import LongRun, long_run
from twolayer.movement import movement_bound

CONDITIONS = ("rho", "kappa", "delta", "margin")
"""What may fail, in the order in which the certificate asks."""

GROWTH = 1.03
"""From one time at which the certificate is asked to the next."""

FURTHER = 10
"""A certified network is trained until this multiple of the step at which it was certified."""

MOST_STEPS_PER_NEURON = 20_000
"""After this many steps over the width a trial is given up."""


@dataclass(frozen=True)
class ValidationCell:
    """Independent trials at one width and one slope of the leaky ReLU."""

    width: int
    leak: float
    trials: int
    seed: int


@dataclass
class Trials:
    """The fixed quantities of all trials of a cell, and where they have come to."""

    a: np.ndarray
    w: np.ndarray
    matrices: np.ndarray
    optimum: np.ndarray
    distances: np.ndarray
    step_sizes: np.ndarray
    leak: float
    state: LongRun
    made: np.ndarray

    def of(self, chosen):
        """Return the fixed arguments of ``long_run`` for the chosen trials."""
        ratios = (self.w / self.a)[chosen].reshape(-1, 2, 2)
        return (
            self.matrices[chosen],
            self.optimum[chosen],
            self.step_sizes[chosen],
            ratios,
            self.distances[chosen],
        )

    def neurons(self, chosen):
        """Return (a, b, w) of the four extreme neurons of the chosen trials as they are now, shape (k, 4, 3)."""
        initial = np.stack([self.a, 0 * self.a, self.w], axis=-1)[chosen].reshape(-1, 2, 2, 3)
        now = self.state.transfer[chosen][:, :, None] @ initial[..., None]
        return now[..., 0].reshape(-1, 4, 3)

    def train(self, chosen, steps):
        """Train the chosen trials and put their new state in place; return what happened on the way."""
        state = self.state
        run = long_run(
            state.moments[chosen], state.c[chosen], state.transfer[chosen], *self.of(chosen), steps, self.leak
        )
        for name in ("moments", "c", "transfer"):
            getattr(state, name)[chosen] = getattr(run, name)
        self.made[chosen] += run.steps
        return run

    def bounds(self, chosen, norm):
        """Return the drive bound of the chosen trials, the extreme neurons' margins, and the verdicts."""
        state = self.state
        bound = bound_future_drive(
            state.moments[chosen], state.c[chosen], self.matrices[chosen], self.optimum[chosen],
            self.step_sizes[chosen], self.leak, norm,
        )  # fmt: skip
        left = margins(*np.moveaxis(self.neurons(chosen), -1, 0), bound.kappa, self.distances[chosen])
        failing = [~(bound.rho < 1), ~(bound.kappa < 0.5), ~(bound.delta <= 0.5), ~(left > 0).all(axis=-1)]
        return bound, left, np.select(failing, CONDITIONS, "certified")


def start(cell: ValidationCell) -> Trials:
    """Draw data and weights of all trials; of each network only the extreme neurons and the moments are kept."""
    m, data = cell.width, six_points()
    weights, a, w, moments = [], [], [], []
    for trial in range(cell.trials):
        weights.append(sampled(np.random.default_rng([cell.seed, m, trial, 0]), data, max(m * m, 4)).weights)
        first = he(np.random.default_rng([cell.seed, m, trial, 1]), m, 1)
        chosen = extreme_neurons(first.a[:, 0], first.w).ravel()
        moments.append(neuron_moments(first.a[:, 0], first.b, first.w))
        a.append(first.a[chosen, 0])
        w.append(first.w[chosen])
    data = WeightedData(data.x, data.y, np.array(weights))
    matrices, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    nothing = np.zeros(cell.trials)
    state = LongRun(
        np.array(moments), nothing.copy(), np.tile(np.eye(3), (cell.trials, 2, 1, 1)),
        nothing, nothing, nothing, nothing,
    )  # fmt: skip
    return Trials(
        np.array(a), np.array(w), matrices, optimum, data.smallest_distance,
        largest_step(state.moments, matrices, cell.leak), cell.leak, state, np.zeros(cell.trials, dtype=np.int64),
    )  # fmt: skip


def run_until_certified(trials: Trials, width: int) -> dict[str, np.ndarray]:
    """Train until certified by both norms, stopped, or given up; then train the certified ten times further.

    Returns
    -------
    dict
        ``sharp`` and ``published``: step of certification, -1 for none; ``decided``: what failed last (sharp norm);
        ``stopped``: whether a kink came to the data or changed sides before, and ``steps``, when; for trials that the
        sharp norm certifies ``broken`` (stopped later), ``drive_share`` (drive of the rest of training over its bound)
        and ``kink_share`` (largest later kink over the bound for it).
    """
    count = len(trials.a)
    step = {norm: np.full(count, -1) for norm in EIGENVECTOR_NORMS}
    decided, stopped = np.full(count, "none", dtype="<U9"), np.zeros(count, dtype=bool)
    after = {name: np.full(count, np.nan) for name in ("broken", "drive_share", "kink_share")}
    active, time = np.arange(count), 0
    while len(active) and time <= MOST_STEPS_PER_NEURON * width:
        for norm in EIGENVECTOR_NORMS:
            bound, _, verdict = trials.bounds(active, norm)
            new = (verdict == "certified") & (step[norm][active] < 0)
            step[norm][active[new]] = time
            if norm == EIGENVECTOR_NORMS[0]:
                failing = verdict != "certified"
                decided[active[failing]] = verdict[failing]
                _train_further(trials, active[new], bound.kappa[new], after)
        active = active[np.any([step[norm][active] < 0 for norm in EIGENVECTOR_NORMS], axis=0)]
        later = max(time + 1, round(time * GROWTH), width // 2)
        run = trials.train(active, np.full(len(active), later - time))
        stopped[active[run.stopped]] = True
        active, time = active[~run.stopped], later
    return {
        "sharp": step["largest entry"],
        "published": step["row sum"],
        "decided": decided,
        "stopped": stopped,
        "steps": trials.made,
        **after,
    }


def _train_further(trials: Trials, chosen, kappa, after):
    """Train copies of newly certified trials on, and compare with what was promised."""
    if not len(chosen):
        return
    state, neurons = trials.state, trials.neurons(chosen)
    moved, size = movement_bound(neurons, kappa[:, None]), np.abs(neurons)
    promised = ((size[..., 1] + moved[..., 1]) / (size[..., 0] - moved[..., 0])).max(axis=-1)
    steps = np.maximum((FURTHER - 1) * trials.made[chosen], 1)
    run = long_run(
        state.moments[chosen], state.c[chosen], state.transfer[chosen], *trials.of(chosen), steps, trials.leak
    )
    after["broken"][chosen] = run.stopped
    after["drive_share"][chosen] = run.drive / kappa
    after["kink_share"][chosen] = run.largest_kink / promised


def compute(cell: ValidationCell) -> list[dict]:
    """Return the counts and quantiles of one cell."""
    found = run_until_certified(start(cell), cell.width)
    certified = found["sharp"] >= 0
    sharp, published = found["sharp"][certified], found["published"][certified]
    both = published >= 0
    row = {
        "certified": int(certified.sum()),
        "stopped_before": int((found["stopped"] & ~certified).sum()),
        "undecided": int((~found["stopped"] & ~certified).sum()),
        "broken": int(np.nansum(found["broken"])),
        **{f"decided_{name}": int((found["decided"][certified] == name).sum()) for name in CONDITIONS},
        **{f"steps_{q}": float(np.quantile(sharp, q / 100)) for q in (10, 50, 90, 100)},
        "steps_mean": float(sharp.mean()),
        "published_mean": float(published[both].mean()),
        "published_missing": int((~both).sum()),
        "verdict_mean": float(np.concatenate([published[both], found["steps"][found["stopped"]]]).mean()),
        "saved": float(1 - (sharp[both] / published[both]).mean()),
    }
    for name in ("drive_share", "kink_share"):
        values = found[name][certified]
        row |= {f"{name}_median": float(np.median(values)), f"{name}_largest": float(values.max())}
    return [row]


def cells(scale: str) -> list[ValidationCell]:
    """Return the widths of Fig. 5 up to 1024 with ReLU, and two leaky slopes at one width."""
    if scale == "paper":
        trials = {16: 1000, 32: 1000, 64: 1000, 128: 1000, 256: 500, 512: 500, 1024: 400}
        relu = [ValidationCell(m, 0.0, n, 0) for m, n in trials.items()]
        return relu + [ValidationCell(64, leak, 200, 0) for leak in (-0.5, 0.3)]
    return [ValidationCell(m, 0.0, 25, 0) for m in (16, 64)] + [ValidationCell(16, 0.3, 12, 0)]


# Steps are those of a grid of times: rounding of the state could move a certification by one time at most, three
# per cent, and never in practice; quotients keep seven digits.
_STEPS = Tolerance(rtol=1e-3)

CERTIFICATE_VALIDATION = Study(
    name="inconsistency/certificate-validation",
    description="When the certificate of Appendix G is obtained, which of its conditions decides, and what happens to "
    "certified networks in ten times as many steps.",
    compute=compute,
    cells=cells,
    tolerances={f"steps_{q}": _STEPS for q in (10, 50, 90, 100, "mean")}
    | {"published_mean": _STEPS, "verdict_mean": _STEPS, "saved": Tolerance(rtol=1e-3)}
    | {
        f"{n}_{k}": Tolerance(rtol=1e-6) for n in ("drive_share", "kink_share") for k in ("median", "largest")
    },
    timeout=1800.0,
)
