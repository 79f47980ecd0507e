"""How long the flow needs to leave the origin: measured over scales, against the linearised bounds and the constant."""

import numpy as np
import pandas as pd

from twolayer.jump_offsets import jump_offsets
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow


def linear_part(instance):
    """Return b_j (m, n), the growth rates ||b_j|| (m,), and the start's part along growth over lambda (m,).

    With the pattern of the start, the flow near zero is a' = <w, b>, w' = a b for each neuron. Its growing direction
    is (1, b / ||b||) / sqrt 2.
    """
    b = np.where(instance.directions > 0, instance.y, 0.0) / instance.y.size
    rates = np.linalg.norm(b, axis=1)
    norms = np.linalg.norm(instance.directions, axis=1)
    along = (instance.directions * b).sum(axis=1) / np.where(rates > 0, rates, 1.0)
    return b, rates, np.abs(instance.signs * norms + along) / np.sqrt(2)


def escape_time(path, level):
    """Return when the norm of all weights of a flow reaches a level."""
    total = np.logaddexp.reduce(2 * path.log_norms, axis=1) / 2 + np.log(2) / 2
    k = int(np.argmax(total >= np.log(level)))
    return float(np.interp(np.log(level), total[k - 1 : k + 1], path.times[k - 1 : k + 1]))


def escapes(instance, lengths, *, level=0.1):
    """Follow the flow through its first jump for several L; return a table with the bounds (19) and the offset.

    ``half`` is when the squared norm of the first neuron reaches half of its final value.
    """
    _, rates, along = linear_part(instance)
    growing = rates[rates > 0]
    process = jump_process(instance.active, instance.signs, instance.y)
    neuron, height = process.neurons[0], process.label_norms[0]
    start = np.sqrt(2.0) * np.linalg.norm(instance.directions)
    projected = np.linalg.norm(along[rates > 0])
    rows = []
    for length in lengths:
        limit = length * process.times[0] + 60 / process.rates[0].max()
        path = saddle_flow(instance.directions, instance.signs, instance.y, -length, time_limit=limit)
        half = path.crossing_time(neuron, np.log(height / 2) / 2)
        rows.append(
            {
                "L": length,
                "escape": escape_time(path, level),
                "lower": (length + np.log(level / start)) / growing.max(),
                "upper": (length + np.log(level / projected)) / growing.min(),
                "half": half,
                "offset": half - length * process.times[0],
            }
        )
    return pd.DataFrame(rows)


def offset_formula(instance):
    """Return the constant by which the first jump is late if all labels have the sign of all neurons."""
    process = jump_process(instance.active, instance.signs, instance.y)
    j, norm = process.neurons[0], process.label_norms[0]
    b, rates, _ = linear_part(instance)
    cosine = (instance.directions[j] @ b[j]) / rates[j] / np.linalg.norm(instance.directions[j])
    return float((np.log(norm) / 2 + np.log(2 / (1 + cosine))) / rates[j])


def summary(instances, tables):
    """Compare escape times with theory; one row for each instance.

    The slope over L is that of a line through the two largest L, times ||D_j|| of the neuron that jumps first; the
    offset is that of the largest L.
    """
    rows = []
    for name, instance in instances.items():
        table, last = tables[name], tables[name].iloc[-2:]
        process = jump_process(instance.active, instance.signs, instance.y)
        one_sign = bool((instance.signs[:, None] * instance.y > 0).all())
        inside = (table["lower"] <= table["escape"]) & (table["escape"] <= table["upper"])
        rows.append(
            {
                "instance": name,
                "one sign": one_sign,
                "slope": np.diff(last["half"])[0] / np.diff(last["L"])[0] * process.rates[0].max(),
                "offset": last["offset"].iloc[-1],
                "predicted": jump_offsets(instance.directions, instance.signs, instance.y).offsets[0],
                "formula": offset_formula(instance) if one_sign else np.nan,
                "inside": bool(inside.all()),
            }
        )
    return pd.DataFrame(rows)


def hessian(instance, size=1e-4, step=1e-6):
    """Return the Hessian of half the mean square at a small multiple of the start, by differences of the gradient.

    Variables: the output weights (m), then the coordinates of the hidden ones (m n); inactive ones included.
    """
    m, n = instance.directions.shape

    def gradient(v):
        a, z = v[:m], v[m:].reshape(m, n)
        residuals = (instance.y - a @ np.maximum(z, 0.0)) / n
        active = np.where(z > 0, residuals, 0.0)
        return -np.concatenate([(z * active).sum(axis=1), (a[:, None] * active).ravel()])

    norms = np.linalg.norm(instance.directions, axis=1)
    centre = size * np.concatenate([instance.signs * norms, instance.directions.ravel()])
    columns = [
        (gradient(centre + step * e) - gradient(centre - step * e)) / (2 * step) for e in np.eye(centre.size)
    ]
    return (np.array(columns) + np.array(columns).T) / 2


def growth_by_eigenspace(instance, time):
    """Return the mean growth rates of the parts of the start in the eigenspaces of the Hessian, over the largest rate.

    The linearised flow is v' = -H v. The parts belong to the positive and to the negative eigenvalues of H.
    """
    matrix = hessian(instance)
    values, vectors = np.linalg.eigh(matrix)
    norms = np.linalg.norm(instance.directions, axis=1)
    start = vectors.T @ np.concatenate([instance.signs * norms, instance.directions.ravel()])
    end = np.exp(-values * time) * start
    threshold = 1e-3 * np.abs(values).max()
    result = {}
    for name, chosen in (("positive", values > threshold), ("negative", values < -threshold)):
        change = np.log(np.linalg.norm(end[chosen]) / np.linalg.norm(start[chosen]))
        result[name] = float(change / time / np.abs(values).max())
    return result
