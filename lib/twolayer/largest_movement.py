r"""How far gradient descent moves the weights of a network on the line: the suprema of paper 000, Theorem 10.

While every kink stays on its side, all neurons with :math:`\operatorname{sgn} a_{i,0} = \sigma` obey the same linear
map, :math:`\theta_{i,k} = \Phi_{\sigma,k}\,(a_{i,0}, w_{i,0})^T` with a matrix of size 3 x 2 (Prop. C.2, zero biases
at the start). So :math:`\max_i |\theta_{i,k} - \theta_{i,0}|` is the largest modulus of a linear form on the cloud of
the points :math:`(a_{i,0}, w_{i,0})`, and a linear form is largest at a vertex of the convex hull: some ten neurons a
side decide for all m. The moments :math:`\Sigma_{\sigma,k} = \Phi S_\sigma \Phi^T` need the 2 x 2 moments
:math:`S_\sigma` of the cloud only, and a kink :math:`-b_i/a_i` is a Möbius function of :math:`w_{i,0}/a_{i,0}`,
largest at an end. Nothing here is approximate, and a step costs the same at every m and n.

Where some :math:`a_i` changes its sign in one step (a kink jumps through infinity, which is no crossing), the neuron
changes its side. The run is then done again with that neuron as a *stray*, which is moved by itself.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np

from twolayer.closed_system import as_leak
from twolayer.closed_system_arithmetic import drive, neuron_step
from twolayer.compiled import compiled
from twolayer.half_sided import SIDES, WeightedData, half_sided_moments, half_sided_regression
from twolayer.validation import finite_array, positive_integer


@dataclass(frozen=True)
class LargestMovement:
    r"""Suprema over all steps of a run (of a crossed run up to the crossing), each an array of shape (trials,).

    Attributes
    ----------
    a, b, w : ndarray
        :math:`\sup_k \max_i |a_{i,k} - a_{i,0}|`, and so on.
    c : ndarray
        :math:`\sup_k |c_k - c_0|`.
    kink : ndarray
        :math:`\sup_k \max_i |b_{i,k} / a_{i,k}|`.
    kappa : ndarray
        :math:`\kappa_u = h \sum_k \|u_k\|_\infty` (Definition G.1).
    crossed_at : ndarray of int
        First step after which a kink was as far out as the nearest data point; -1 if none was.
    flipped : ndarray of bool
        Whether some :math:`a_i` changed its sign, so that the run was done again with a stray.
    """

    a: np.ndarray
    b: np.ndarray
    w: np.ndarray
    c: np.ndarray
    kink: np.ndarray
    kappa: np.ndarray
    crossed_at: np.ndarray
    flipped: np.ndarray

    @property
    def crossed(self):
        """Whether a kink reached a data point."""
        return self.crossed_at >= 0


@compiled
def _move(theta, a0, w0, side, h, u, moved):
    """Step one neuron (a, b, w); write how far it is from its start, and where its kink is."""
    theta[0], theta[1], theta[2] = neuron_step(theta[0], theta[1], theta[2], h * u[side, 0], h * u[side, 1])
    moved[0], moved[1], moved[2] = abs(theta[0] - a0), abs(theta[1]), abs(theta[2] - w0)
    moved[3] = abs(theta[1] / theta[0])


@compiled
def _by_hull(
    vertices, counts, ratios, second, stray_a, stray_w, moments, optimum, h, steps, leak, distance, watch, out
):
    """Fill out; return the step of the crossing, -1 for none, -2 - 2 side - end for a change of sign at an end."""
    theta, moved = np.zeros((3, len(stray_a))), np.empty(4)
    theta[0], theta[2] = stray_a, stray_w
    phi = np.zeros((2, 3, 2))
    phi[:, 0, 0] = 1.0
    phi[:, 2, 1] = 1.0
    sums, u = np.empty((2, 2)), np.empty((2, 2))
    c = 0.0
    for k in range(1, steps + 1):
        for side in range(2):
            f = phi[side]
            for row in range(2):  # w times a, and w times b
                left = second[side, 0] * f[row, 0] + second[side, 1] * f[row, 1]
                right = second[side, 1] * f[row, 0] + second[side, 2] * f[row, 1]
                sums[side, row] = f[2, 0] * left + f[2, 1] * right
        for i in range(len(stray_a)):
            side = 0 if theta[0, i] > 0.0 else 1
            sums[side, 0] += theta[2, i] * theta[0, i]
            sums[side, 1] += theta[2, i] * theta[1, i]
        c += h * drive(sums, c, moments, optimum, leak, u)
        out[3] = max(out[3], abs(c))
        out[5] += h * np.abs(u).max()
        farthest = 0.0
        for side in range(2):
            f, r, s = phi[side], h * u[side, 0], h * u[side, 1]
            for column in range(2):
                f[0, column], f[1, column], f[2, column] = neuron_step(
                    f[0, column], f[1, column], f[2, column], r, s
                )
            for i in range(counts[side]):
                a, w = vertices[side, i, 0], vertices[side, i, 1]
                out[0] = max(out[0], abs((f[0, 0] - 1.0) * a + f[0, 1] * w))
                out[1] = max(out[1], abs(f[1, 0] * a + f[1, 1] * w))
                out[2] = max(out[2], abs(f[2, 0] * a + (f[2, 1] - 1.0) * w))
            for end in range(2 if counts[side] else 0):
                below = f[0, 0] + f[0, 1] * ratios[side, end]
                if watch and below <= 0.0:
                    return -2 - 2 * side - end
                farthest = max(farthest, abs((f[1, 0] + f[1, 1] * ratios[side, end]) / below))
        for i in range(len(stray_a)):
            _move(theta[:, i], stray_a[i], stray_w[i], 0 if theta[0, i] > 0.0 else 1, h, u, moved)
            for q in range(3):
                out[q] = max(out[q], moved[q])
            farthest = max(farthest, moved[3])
        out[4] = max(out[4], farthest)
        if watch and farthest >= distance:
            return k
    return -1


@compiled
def _by_neurons(a0, w0, moments, optimum, h, steps, leak, distance, watch, out):
    """Do the same neuron by neuron; a side is the present sign of a, or the first one if nothing is watched."""
    theta, moved = np.zeros((len(a0), 3)), np.empty(4)
    theta[:, 0], theta[:, 2] = a0, w0
    sums, u = np.empty((2, 2)), np.empty((2, 2))
    c = 0.0
    for k in range(1, steps + 1):
        sums[:] = 0.0
        for i in range(len(a0)):
            side = 0 if (theta[i, 0] if watch else a0[i]) > 0.0 else 1
            sums[side, 0] += theta[i, 2] * theta[i, 0]
            sums[side, 1] += theta[i, 2] * theta[i, 1]
        c += h * drive(sums, c, moments, optimum, leak, u)
        out[3] = max(out[3], abs(c))
        out[5] += h * np.abs(u).max()
        farthest = 0.0
        for i in range(len(a0)):
            side = 0 if (theta[i, 0] if watch else a0[i]) > 0.0 else 1
            _move(theta[i], a0[i], w0[i], side, h, u, moved)
            for q in range(3):
                out[q] = max(out[q], moved[q])
            farthest = max(farthest, moved[3])
        out[4] = max(out[4], farthest)
        if watch and farthest >= distance:
            return k
    return -1


def hull_vertices(points):
    """Return the vertices of the convex hull of points in the plane, where every linear form is largest.

    Parameters
    ----------
    points : array_like of shape (n, 2)
        Any number; equal and collinear points are allowed.

    Returns
    -------
    ndarray of shape (v, 2)
        The vertices, by Andrew's monotone chain. Cost O(n log n).

    Raises
    ------
    TypeError, ValueError
        If they are not finite points of the plane.
    """
    points = finite_array(points, "points")
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points must have shape (n, 2), got {points.shape}")
    if len(points) < 2:
        return points
    ordered, chains = points[np.lexsort((points[:, 1], points[:, 0]))], []
    for sequence in (ordered.tolist(), ordered[::-1].tolist()):
        chain = []
        for q in sequence:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], q) <= 0:
                chain.pop()
            chain.append(q)
        chains.append(chain)
    return np.array(chains[0][:-1] + chains[1][:-1])


def _turn(o, p, q):
    return (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0])


def _cloud(a, w):
    """Return hull vertices (2, v, 2), their counts, the extreme ratios (2, 2), and the moments (2, 3) of the sides."""
    hulls, ratios, second = [], np.zeros((2, 2)), np.zeros((2, 3))
    for side, chosen in enumerate((a > 0, a < 0)):
        a_side, w_side = a[chosen], w[chosen]
        hulls.append(hull_vertices(np.stack([a_side, w_side], axis=1)))
        if chosen.any():
            quotient = w_side / a_side
            ratios[side] = quotient.min(), quotient.max()
        second[side] = a_side @ a_side, a_side @ w_side, w_side @ w_side
    counts = np.array([len(hull) for hull in hulls])
    vertices = np.zeros((2, counts.max(), 2))
    for side, hull in enumerate(hulls):
        vertices[side, : len(hull)] = hull
    return vertices, counts, ratios, second


def largest_movements(
    a, w, data, *, step_size, steps, leak=0.0, stop_at_crossing=True, method="hull", threads=1
):
    r"""Train networks from zero biases and return how far their weights moved.

    Parameters
    ----------
    a, w : array_like of shape (trials, m)
        Initial weights; no a is zero.
    data : WeightedData
        One data set; only its half-sided moments and its distance :math:`\underline x_D` from zero matter.
    step_size : array_like of shape (trials,) or float
        h > 0.
    steps : int
        Number of steps.
    leak : float
        :math:`\alpha`, not 1 or -1.
    stop_at_crossing : bool
        If false, the dynamics of the activation pattern at the start are followed to the end whatever the kinks do
        (Definition B.1), and no crossing is reported.
    method : {"hull", "neurons"}
        The fast way, or every neuron by itself.
    threads : int
        Trials are spread over so many threads; the numbers do not depend on it.

    Returns
    -------
    LargestMovement
        Suprema of each trial. Cost O(m log m) and, for each step, some 20 linear forms whatever m and n (70 ns); O(m) a
        step for "neurons". A trial in which s neurons change their sign is done s + 1 times.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    a, w = finite_array(a, "a"), finite_array(w, "w")
    if a.ndim != 2 or a.shape != w.shape or not a.size:
        raise ValueError(f"a and w must have one shape (trials, m), got {a.shape} and {w.shape}")
    if (a == 0).any():
        raise ValueError("a must not be zero: such a neuron is on no side and has no kink")
    if not isinstance(data, WeightedData) or data.ensemble:
        raise TypeError(f"data must be one WeightedData without ensemble axes, got {data!r}")
    h = np.broadcast_to(finite_array(step_size, "step_size"), (len(a),))
    if not (h > 0).all():
        raise ValueError(f"step_size must be greater than zero, got {h.min():g}")
    if method not in ("hull", "neurons"):
        raise ValueError(f"method must be 'hull' or 'neurons', got {method!r}")
    steps, threads = positive_integer(steps, "steps"), positive_integer(threads, "threads")
    moments, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    rest = steps, as_leak(leak), float(data.smallest_distance), bool(stop_at_crossing)

    def run(t):
        together, out = np.ones(a.shape[1], dtype=bool), np.zeros(6)
        common = moments, optimum, float(h[t]), *rest, out
        if method == "neurons":
            verdict = _by_neurons(a[t], w[t], *common)
            return (*out, verdict, False)
        while True:
            out[:] = 0.0
            cloud, strays = _cloud(a[t, together], w[t, together]), (a[t, ~together], w[t, ~together])
            verdict = _by_hull(*cloud, *strays, *common)
            if verdict >= -1:
                return (*out, verdict, not together.all())
            side, end = divmod(-2 - verdict, 2)
            ratio = np.where(together & (a[t] * SIDES[side] > 0), w[t] / a[t], np.nan)
            together[np.nanargmax(ratio) if end else np.nanargmin(ratio)] = False

    with ThreadPoolExecutor(threads) as pool:
        columns = list(zip(*pool.map(run, range(len(a))), strict=True))
    return LargestMovement(*(np.array(column) for column in columns[: len(fields(LargestMovement))]))
