"""What to tell a reader about a staircase of their own: a verdict, and the reasons for it in words."""

import numpy as np

from companion.formatting import number
from studies.incremental.own_reasons import LARGE, SMALL
from studies.incremental.own_staircase import FLOW_FROM
from twolayer.jump_process import least_squared_norm


def listed(numbers, most=8):
    """Return numbers in words: "0, 3 and 5", or the first few and how many there are."""
    words = [str(int(i)) for i in numbers]
    if len(words) > most:
        return ", ".join(words[:most]) + f", … ({len(words)} in all)"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def plural(count, word):
    """Return "1 point", "3 points", "no point"."""
    return f"{'no' if count == 0 else number(int(count))} {word}{'' if count < 2 else 's'}"


def percent(share):
    """Return a share in per cent, to two digits."""
    return f"{number(100 * share, 2)} %" if share >= 1e-4 else "less than 0.01 %"


def opening(trial):
    """Return one sentence about the instance."""
    y, signs, prediction = trial.instance.y, trial.instance.signs, trial.prediction
    parts = [
        f"{plural(y.size, 'point')} ({number(int((y > 0).sum()))} with a positive label, "
        f"{number(int((y < 0).sum()))} with a negative one"
        + (f", {number(int((y == 0).sum()))} with the label zero" if (y == 0).any() else "")
        + f") and {plural(signs.size, 'neuron')} ({number(int((signs > 0).sum()))} with $s_j=+1$)"
    ]
    process = prediction.process
    least = least_squared_norm(y)
    parts.append(
        f"Algorithm 1 predicts {plural(process.times.size, 'jump')}, a loss that ends at "
        f"{number(process.losses[-1], 4)}, and the squared norm {number(process.squared_norm, 4)} (the least squared "
        f"norm of any network that fits all points is {number(least, 4)})"
    )
    return ". ".join([*parts, *(remark[0].upper() + remark[1:] for remark in trial.instance.remarks)]) + "."


def agrees(trial):
    """Tell whether order, norms, outputs and plateaus are those of Algorithm 1, up to one per cent."""
    c = trial.comparison
    errors = c.plateau_errors[np.isfinite(c.plateaus)]
    return bool(
        trial.main.whole and c.ordered and c.norm_error <= SMALL and not c.wrong_points.size
        and errors.max(initial=0.0) <= SMALL and not merged(trial)
    )  # fmt: skip


def merged(trial):
    """Return the pairs of jumps in a row that have no plateau between them, ties left out."""
    return [pair for pair in trial.neighbours if pair.merged and np.isfinite(pair.enough)]


def _contested(trial):
    return [tie for tie in trial.prediction.ties if tie[3]]


def verdict(trial):
    """Return the verdict, one sentence in bold face and one more."""
    c, process = trial.comparison, trial.prediction.process
    at = f"$L={trial.length:g}$"
    if not process.times.size:
        return "**Nothing is learnt.** No neuron is active on a label of its own sign, so there is no jump to wait for."
    if _contested(trial):
        return (
            "**Undecided: a tie.** Two neurons that want the same point arrive together, so that Algorithm 1 has no "
            "answer of its own; what is drawn lets the one with the smaller number go first."
        )
    if not trial.main.whole:
        return (
            f"**Unfinished.** The run ends at time {number(trial.main.times[-1], 3)}, before the last jump is due; "
            "what can be compared is said below."
        )
    end = c.norm_error <= SMALL and not c.wrong_points.size
    if agrees(trial):
        count = trial.prediction.uncovered.size
        return (
            f"**Algorithm 1 is right, step by step**, at {at}: order, plateaus, norms and final loss, up to one "
            "per cent."
            + (
                f" It also says which {'point' if count == 1 else plural(count, 'point')} will never be fitted."
                if count
                else ""
            )
        )
    if end:
        return (
            f"**Right about the end, not all of the way** at {at}: norms and outputs come out as predicted, but not "
            "every plateau on the way."
        )
    more = f" From about {_from(trial.enough)} on it should be." if np.isfinite(trial.enough) else ""
    return (
        f"**Not the limit yet** at {at}: squared norms differ by up to {percent(c.norm_error)} of the largest"
        + (
            f", and {plural(c.wrong_points.size, 'output')} by more than one per cent"
            if c.wrong_points.size
            else ""
        )
        + f".{more}"
    )


def _from(length):
    """Return an L, rounded up to two digits, as a formula."""
    digit = 10.0 ** max(0, np.floor(np.log10(max(length, 1.0))) - 1)
    return f"$L={np.ceil(length / digit) * digit:.0f}$"


def reasons(trial):
    """Return the reasons why prediction and training agree or differ, as a list of sentences (MyST)."""
    return [
        *_coverage(trial),
        *_ties(trial),
        *_order(trial),
        *_contests(trial),
        *_plateaus(trial),
        *_runs(trial),
    ]


def _coverage(trial):
    prediction, c = trial.prediction, trial.comparison
    zeros, missing = np.flatnonzero(trial.instance.y == 0), prediction.uncovered
    loss = f"{number(prediction.process.losses[-1], 4)} by Algorithm 1, {_small(trial.main.losses[-1])} in training"
    norm = 2 * float(np.exp(2 * trial.main.log_norms[-1]).sum())
    loss += f"; squared norm of all weights: {number(prediction.process.squared_norm, 4)} and {_small(norm)}"
    if missing.size:
        yield (
            f"*Uncovered.* No neuron of the right sign is active on {'point' if missing.size == 1 else 'points'} "
            f"{listed(missing)}. Assumption 4 fails, and {'it is' if missing.size == 1 else 'they are'} "
            "[never fitted](#sec-covering); Algorithm 1 is about the others. "
            f"Final loss: {loss}."
        )
    elif trial.main.whole:
        yield f"*Covered.* Every label has a neuron of its sign, so all are fitted in the limit. Final loss: {loss}."
    if c.wrong_points.size and trial.main.whole:
        yield f"*Fit.* The outputs at {listed(c.wrong_points)} end elsewhere than predicted."
    if zeros.size:
        largest = float(np.abs(trial.main.outputs[-1, zeros]).max())
        yield (
            f"*Zero labels* ({listed(zeros)}). Assumption 4 excludes them. They pull at nobody, so Algorithm 1 was run "
            "without them (with the same $n$ in $\\frac cn$): a neuron that is active there keeps a coordinate of the "
            f"order of $\\lambda$, and in the limit nothing. Largest output there at the end: {_small(largest)}."
        )


def _small(value):
    return number(float(value), 4) if value > 1e-12 else "0"


def _ties(trial):
    for k, j, other, points in trial.prediction.ties[:4]:
        time = number(float(trial.prediction.process.times[k]), 4)
        if points:
            yield (
                f"*A tie for points.* Neurons {j} and {other} both arrive at time {time} and both want "
                f"{plural(points, 'point')}. No $L$ is large enough: who gets how much [depends on the directions at "
                "the start](#sec-limit-process), not only on the mask. Change a label "
                "that only one of them wants, and the tie is gone."
            )
        else:
            yield (
                f"*A harmless tie.* Neurons {j} and {other} arrive together at time {time}, which Assumption 4 "
                "excludes, but they have no unfitted point in common: both jump, and the saddle between the two is "
                "never visited."
            )
    if trial.prediction.ties and not trial.known.known:
        yield (
            "*Forecasts at a tie.* The constants $E_l$ are not computed then: forecasts use the powers of $\\lambda$ "
            "alone."
        )
    shared = [group for group in trial.prediction.groups if group.size > 1]
    if shared:
        yield (
            f"*Equal neurons.* {'; '.join(listed(group) for group in shared[:3])}: active on the same unfitted points, "
            "they share a jump, and their squared norms are added up here. In what proportion they share, the mask "
            "does not tell."
        )


def _order(trial):
    process, c = trial.prediction.process, trial.comparison
    if not process.times.size:
        return
    arrived = np.isfinite(c.half)
    if not arrived.all():
        yield (
            f"*Missing.* {plural((~arrived).sum(), 'jump')} of Algorithm 1 did not happen in this run: the neuron "
            "never got half of the squared norm that was meant for it"
            + (", as others took its points." if trial.main.whole else ", or not yet.")
        )
    elif c.ordered:
        late = (c.half / process.times - 1)[np.abs(c.half / process.times - 1).argmax()]
        yield (
            "*Order and times.* All jumps come in the order of Algorithm 1, the worst of them "
            f"{percent(abs(late))} too {'late' if late > 0 else 'early'}: an offset that shrinks like $1/L$ "
            "([why](#sec-saddle-to-saddle))."
        )
    else:
        k = int((np.diff(c.half) <= 0).argmax())
        first, second = trial.prediction.groups[k][0], trial.prediction.groups[k + 1][0]
        yield (
            f"*Order.* Neuron {second} is half done before neuron {first}, though it is due later: at "
            f"{number(process.times[k + 1], 4)} and not {number(process.times[k], 4)}. At this $L$ that is too close."
        )


def _contests(trial):
    shown = sorted(trial.contests, key=lambda contest: -contest.size(trial.length))
    shown = [x for x in shown if x.size(trial.length) > SMALL and np.isfinite(x.enough)]
    for contest in shown[:3]:
        size, enough = percent(contest.size(trial.length)), _from(contest.enough)
        both = plural(contest.points, "point")
        if contest.kind == "late":
            yield (
                f"*A close contest.* When neuron {contest.winner} jumps, neuron {contest.loser} is close behind and "
                f"wants {both} of it: by its constant it will take away about {size}. In the limit it takes nothing; "
                f"less than one per cent from about {enough} on."
            )
        else:
            yield (
                f"*A jump into a jump.* Neuron {contest.loser} is due before neuron {contest.winner} is done with "
                f"{both} of theirs, of which about {size} is left to both then; less than one per cent from about "
                f"{enough} on."
            )
    if len(shown) > 3:
        yield f"Contests of this kind that are not listed: {len(shown) - 3}."
    if trial.prediction.process.times.size and not shown and not _contested(trial):
        yield (
            "*No contest.* Nobody is close to taking a point from the neuron that gets it. The error of the squared "
            f"norms, as a part of the largest: {percent(trial.forecast)} by forecast, "
            f"{percent(trial.comparison.norm_error)} measured."
        )


def _plateaus(trial):
    pairs = merged(trial)
    if pairs:
        names = ", ".join(f"{pair.jump + 1} and {pair.jump + 2}" for pair in pairs[:4])
        yield (
            f"*Merged jumps* ({names}). They are closer than they are wide, and no plateau is seen in between. A jump "
            "takes a time of order $n/(cY_k)$ whatever $L$ is, a plateau grows like $L$; from about "
            f"{_from(max(pair.enough for pair in pairs))} on they are apart."
        )


def _runs(trial):
    if trial.length < LARGE:
        yield (
            f"*A start that is not small.* It has {percent(np.exp(-trial.length))} of the root of the largest label. "
            "Neurons keep what they had outside of their points, and all of them push at once. This alone asks for "
            "about $L=5$."
        )
    main, descent, process = trial.main, trial.descent, trial.prediction.process
    if main.method == "descent":
        cause = (
            f"below $L={FLOW_FROM:g}$ the start is not tiny"
            if trial.length < FLOW_FROM
            else "with this many points and neurons, or labels this uneven, it would take too long"
        )
        yield (
            f"*Descent instead of flow.* The event-driven flow was not used: {cause}. {number(main.epochs)} epochs of "
            f"gradient descent stand in for it; the rate times the fastest growth rate is {number(main.step, 2)}, and "
            "by up to half of that, as a part, jumps may be late."
        )
    if not main.whole:
        yield (
            "*Not to the end.* The last jumps are so late that descent was stopped before them; a smaller $L$, or a "
            "larger smallest label, lets it finish."
        )
    if descent is not main and process.times.size:
        own = np.interp(trial.comparison.middles, descent.times, descent.losses)
        inside = np.isfinite(own) & (trial.comparison.middles <= descent.times[-1])
        inside[[pair.jump for pair in merged(trial)]] = False
        apart = np.abs(own - trial.comparison.plateaus)[inside].max(initial=0.0) / process.losses[0]
        yield (
            f"*Flow and descent.* {number(descent.epochs)} epochs of plain gradient descent from the same start: in "
            f"the middles of the plateaus its loss differs from that of the flow by {percent(apart)} of the first loss"
            + ("." if descent.whole else ", as far as it went; the last jumps would take too many epochs.")
        )
