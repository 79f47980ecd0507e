r"""What the second order leaves out, at jump times and at the first saddle: fitted beside what is proved."""

import numpy as np
import pandas as pd

from studies.incremental.instances import positive_instance
from twolayer.jump_offsets import jump_offsets
from twolayer.saddle_flow import saddle_flow


def proved_power(process, y, signs, *, factor=1.0):
    r"""Return the power of :math:`\lambda` up to which the second order is proved.

    Parameters
    ----------
    process : JumpProcess
        The jumps.
    y, signs : ndarray
        Shapes (n,) and (m,).
    factor : float
        c of the loss.

    Returns
    -------
    float
        Half the smaller one of two numbers: the least :math:`|\rho|` of a neuron that waits after a jump; and the least
        product of the length of a plateau, other than the last one, and a rate there, those of earlier jumps included.
        Each sign is a process of its own.
    """
    waits, powers = np.ones(signs.size, dtype=bool), []
    for k, j in enumerate(process.neurons):
        waits[j] = False
        powers.append(-process.exponents[k + 1, waits & (signs == signs[j])].max(initial=-np.inf))
    for sign in (1, -1):
        own = np.flatnonzero(signs[process.neurons] == sign)
        begins = np.concatenate([[0], own + 1])[: own.size]
        for k, (begin, length) in enumerate(
            zip(begins, np.diff(process.times[own], prepend=0.0), strict=True)
        ):
            rates = process.rates[begin, signs == sign]
            fits = factor / y.size * process.label_norms[own[:k]]
            powers.append(length * min(rates[rates > 0].min(), fits.min(initial=np.inf)))
    return float(min(powers)) / 2


def first_jump_powers(seeds, levels=(1e-3, 2e-4)):
    r"""Return the power in the error of the first jump's time, for instances with positive labels.

    Parameters
    ----------
    seeds : iterable of int
        Of instances like that of Figure 1.
    levels : tuple of float
        The flow is followed at the two L at which :math:`\lambda` to the proved power has these values.

    Returns
    -------
    DataFrame
        ``seed``, ``proved`` (:math:`2\gamma_1`), ``measured`` (slope of the logarithm of the error) and ``error``, at
        the larger L, of either sign.
    """
    rows = []
    for seed in seeds:
        instance = positive_instance(seed)
        y, directions, signs = instance.y, instance.directions, instance.signs
        theory = jump_offsets(directions, signs, y)
        process, j = theory.process, theory.process.neurons[0]
        sharing = (instance.active & instance.active[j]).any(axis=1) & (np.arange(signs.size) != j)
        proved = -2 * process.exponents[1, sharing].max()
        lengths, errors = -np.log(levels) / proved, []
        for length in lengths:
            expected = length * process.times[0] + theory.offsets[0]
            path = saddle_flow(
                directions, signs, y, -length, time_limit=expected + 20 / process.rates[0, j], tolerance=1e-12
            )
            errors.append(path.crossing_time(j, np.log(process.label_norms[0] / 2) / 2) - expected)
        slope = -float(np.diff(np.log(np.abs(errors))).item() / np.diff(lengths).item())
        rows.append({"seed": seed, "proved": float(proved), "measured": slope, "error": float(errors[-1])})
    return pd.DataFrame(rows)


def jump_powers(times):
    r"""Return fitted powers in the errors of all jump times that can be read off, beside the proved ones.

    Parameters
    ----------
    times : DataFrame
        Rows of the study of jump times.

    Returns
    -------
    DataFrame
        ``instance``, ``jump``, ``measured``: slope between the two largest L at which the error is between 1e-4, well
        above what the integrator leaves, and 0.1.
    """
    rows = []
    errors = times.assign(error=(times["offset"] - times["predicted"]).abs()).sort_values("L")
    for (instance, jump), part in errors.groupby(["instance", "jump"]):
        usable = part[part["error"].between(1e-4, 0.1)].tail(2)
        if len(usable) == 2:
            slope = -np.diff(np.log(usable["error"])).item() / np.diff(usable["L"]).item()
            rows.append({"instance": instance, "jump": jump, "measured": float(slope)})
    return pd.DataFrame(rows, columns=["instance", "jump", "measured"])


def first_saddle_norms(seeds, lengths, parts=(0.25, 0.5, 0.75)):
    r"""Return by how much the norm of the first fitted neuron is too small on the plateau after its jump.

    Parameters
    ----------
    seeds : iterable of int
        Of instances like that of Figure 1.
    lengths : iterable of float
        Values of L.
    parts : tuple of float
        Where on the plateau to look, as parts of its length.

    Returns
    -------
    DataFrame
        ``seed``, ``L``, ``part``, ``error`` :math:`\sqrt Y - \|w\|`, and the two terms of its leading order, ``tail``
        and ``kept``, the latter with the kept coordinates of the run.
    """
    rows, parts = [], np.asarray(parts)
    for seed in seeds:
        instance = positive_instance(seed)
        y, directions, signs = instance.y, instance.directions, instance.signs
        theory = jump_offsets(directions, signs, y)
        process, j = theory.process, theory.process.neurons[0]
        norm, rate = process.label_norms[0], process.rates[0, j]
        along, waiting = np.where(instance.active[j], y, 0.0) / norm, np.arange(signs.size) != j
        for length in lengths:
            looks = length * (process.times[0] + parts * np.diff(process.times[:2]))
            path = saddle_flow(
                directions, signs, y, -length, snapshots=looks, time_limit=looks[-1] + 1.0, tolerance=1e-12
            )
            for part, (time, towards, logs) in zip(parts, path.snapshots, strict=True):
                since, sizes = time - length * process.times[0] - theory.offsets[0], np.exp(logs)
                output = sizes**2 * (np.maximum(towards, 0.0) @ along)
                kept = (rate / (2 * rate + process.rates[1]) * output)[waiting].sum() / np.sqrt(norm)
                tail = np.sqrt(norm) * np.exp(-2 * rate * since) / 2
                row = {"seed": seed, "L": length, "part": part, "error": float(np.sqrt(norm) - sizes[j])}
                rows.append(row | {"tail": float(tail), "kept": float(kept)})
    return pd.DataFrame(rows)
