"""Section 2.2 of paper 002: norm inequalities on random and hostile matrices, and nets in two and three dimensions."""

import numpy as np
import pandas as pd
from scipy.integrate import quad
from scipy.optimize import brentq

from studies.convergence.instances import draw
from twolayer.khatri_rao import PAIRS, khatri_rao, norm_inequalities, smallest_singular_value
from twolayer.sphere_nets import circle_net, covering_radius, net_size_bound, separated_net
from twolayer.two_rate_kernels import activation_gram, extreme_eigenvalues

KINDS = ("Gaussian", "activations", "rank one", "few rows", "badly scaled", "equal columns", "a zero column")
"""What the matrices look like: as in networks, and degenerate in five ways."""


def matrices(rng, kind):
    """Draw A, X and z of one kind and of random sizes up to 6 x 8."""
    m = int(rng.integers(1, 9))
    S, n = (int(v) for v in (rng.integers(1, 3, 2) if kind == "few rows" else rng.integers(1, 7, 2)))
    a, x, z = rng.standard_normal((S, m)), rng.standard_normal((n, m)), rng.standard_normal(S)
    if kind == "activations":
        x /= np.linalg.norm(x, axis=0)
        a, z = (rng.standard_normal((S, n)) @ x > 0).astype(float), rng.choice([-1.0, 1.0], S)
    elif kind == "rank one":
        a, x = np.outer(a[:, 0], a[0]), np.outer(x[:, 0], x[0])
    elif kind == "badly scaled":
        a, x, z = (v * 10.0 ** rng.uniform(-3, 3, v.shape[-1]) for v in (a, x, z))
    elif kind == "equal columns":
        x[:], a[:, -1] = x[:, [0]], a[:, 0]
    elif kind == "a zero column":
        a[:, 0], z[0] = 0.0, 0.0
    return a, x, z


def trial(rng, kind):
    """Return, for one draw, excess and quotient of every inequality, and the errors of the two identities.

    The excess is (smaller side - larger side) over the largest quantity of its kind, at most rounding where the
    inequality holds. The quotient is NaN where both sides vanish within rounding.
    """
    a, x, z = matrices(rng, kind)
    sides = norm_inequalities(a, x, z)
    scales = {
        "Schur, eigenvalue": sides["Schur, norm"][1],
        "(8), singular value": sides["(8), norm"][1],
        "(10), first": sides["(10), second"][1],
    }
    row = {"kind": kind}
    for name, (small, large) in sides.items():
        scale = max(scales.get(name, large), np.finfo(float).tiny)
        row[name] = (small - large) / scale
        row[f"{name}: quotient"] = small / large if large > 1e-7 * scale else np.nan
    product, gram = khatri_rao(a, x), (a.T @ a) * (x.T @ x)
    size = max(np.abs(gram).max(), np.finfo(float).tiny)
    row["identity"] = np.abs(product.T @ product - gram).max() / size
    row["most negative"] = -np.linalg.eigvalsh(gram)[0] / (size * len(gram))
    return row


def trials(seed, count):
    """Return so many draws of each kind."""
    rng = np.random.default_rng([seed, 2])
    return pd.DataFrame([trial(rng, kind) for kind in KINDS for _ in range(count)])


def extremal_example(size=5, seed=0):
    """Return the quotients of A all ones, X orthogonal and z of signs, for which all eight are equalities."""
    rng = np.random.default_rng(seed)
    x, _ = np.linalg.qr(rng.standard_normal((size, size)))
    sides = norm_inequalities(np.ones((size - 1, size)), x, rng.choice([-1.0, 1.0], size - 1))
    return pd.Series({name: small / large for name, (small, large) in sides.items()})


def climb(seed, name, steps=250, size=3):
    """Let an adversary raise the quotient of one inequality by random changes of A, X and z; return it at each step."""
    rng = np.random.default_rng([seed, PAIRS.index(name)])
    best, path = (
        [rng.standard_normal((size, size)), rng.standard_normal((size, size)), rng.standard_normal(size)],
        [],
    )
    small, large = norm_inequalities(*best)[name]
    value = small / large
    for k in range(steps):
        reach = 0.5 * 10.0 ** (-3 * k / steps) * 10.0 ** rng.uniform(-1, 0)
        changed = [v + reach * rng.standard_normal(v.shape) for v in best]
        small, large = norm_inequalities(*changed)[name]
        if small / large > value:
            best, value = changed, small / large
        path.append(value)
    return np.array(path)


def dual_bounds(seed, S, m, supports):
    r"""Compare (9) and (10) for vectors z of k ones among zeros, on an instance of section 4.

    Parameters
    ----------
    seed, S, m : int
        Of the instance, and its width and number of points.
    supports : sequence of int
        Values of k.

    Returns
    -------
    DataFrame
        Columns k, exact, (9), (10), (10) weak.
    """
    start = draw(S, m, seed)
    active = start.x @ start.a.T > 0
    all_neurons = np.sqrt(extreme_eigenvalues(activation_gram(start.x, active, np.ones(S)))[1])
    by_neuron = max(np.linalg.norm(start.x[active[:, i]], 2) for i in range(S))
    order = np.random.default_rng(seed).permutation(S)
    rows = []
    for k in supports:
        chosen = order[:k]
        exact = np.sqrt(extreme_eigenvalues(activation_gram(start.x, active[:, chosen], np.ones(k)))[1])
        weak = np.sqrt(k) * np.linalg.norm(start.x, 2)
        rows.append(
            {"k": k, "exact": exact, "(9)": all_neurons, "(10)": np.sqrt(k) * by_neuron, "(10) weak": weak}
        )
    return pd.DataFrame(rows)


def lower_bound_at_work(seed, S, points):
    r"""Compare :math:`\sigma_{\min}(A_0 * X)` with its bound (8) on instances of section 4, over the root of S."""
    rows = []
    for m in points:
        start = draw(S, m, seed)
        active = start.x @ start.a.T > 0
        smallest = max(extreme_eigenvalues(activation_gram(start.x, active, np.ones(S)))[0], 0.0)
        bound = np.sqrt(active.sum(axis=1).min()) * smallest_singular_value(start.x.T)
        rows.append({"m": m, "exact": np.sqrt(smallest / S), "bound": bound / np.sqrt(S)})
    return pd.DataFrame(rows)


def net_sizes(radii):
    """Return the sizes of nets in two and three dimensions, the bound of Fact 2.1 and that by areas from below."""
    rows = []
    for epsilon in radii:
        for net in (circle_net(epsilon), separated_net(epsilon)):
            n = net.shape[1]
            cap = 2 * np.arcsin(epsilon / 2) / np.pi if n == 2 else epsilon**2 / 4
            rows.append(
                {"n": n, "radius": epsilon, "points": len(net), "covering": covering_radius(net),
                 "bound": net_size_bound(epsilon, n), "at least": 1 / cap}
            )  # fmt: skip
    return pd.DataFrame(rows)


def net_fact(seed, count, radii=(0.3, 0.1)):
    r"""Test Fact 2.2 on random matrices: with :math:`\sigma = \min_{\mathcal N}\|M\xi\|`, where it is applicable.

    Parameters
    ----------
    seed, count : int
        Of the draws; matrices for each net.
    radii : sequence of float
        Of the nets in two and three dimensions.

    Returns
    -------
    DataFrame
        Columns n, rank, applicable (:math:`\sigma \ge 2\|M\|\varepsilon`), quotient :math:`\sigma_{\min}(M)/\sigma`.
    """
    rng, rows = np.random.default_rng([seed, 22]), []
    for radius in radii:
        for net in (circle_net(radius), separated_net(max(radius, 0.1))):
            n, covering = net.shape[1], covering_radius(net)
            for _ in range(count):
                rank = int(rng.integers(1, n + 1))
                matrix = rng.standard_normal((rng.integers(n, n + 3), rank)) @ rng.standard_normal((rank, n))
                if rank == n:  # otherwise hardly one is conditioned well enough for the hypothesis
                    matrix[:n] += rng.uniform(0, 8) * np.linalg.qr(rng.standard_normal((n, n)))[0]
                sigma = np.linalg.norm(net @ matrix.T, axis=1).min()
                smallest = smallest_singular_value(matrix)
                rows.append(
                    {"n": n, "rank": rank, "applicable": bool(sigma >= 2 * np.linalg.norm(matrix, 2) * covering),
                     "quotient": smallest / sigma}
                )  # fmt: skip
    return pd.DataFrame(rows)


def hostile_matrices(radii):
    r"""Return the least quotient :math:`\sigma_{\min}/\sigma` that Fact 2.2 allows for on the circle.

    The matrix has norm 1 and its weakest direction in the middle between two points of the net; its smallest singular
    value is the least for which the hypothesis :math:`\sigma \ge 2\varepsilon` holds. The nets have an even number of
    points, or the antipode of that middle would be one of them.
    """
    rows = []
    for radius in radii:
        net = circle_net(radius)
        if len(net) % 2:
            net = circle_net(2 * np.sin(np.pi / (2 * (len(net) + 1))))
        covering = covering_radius(net)
        middle = net[0] + net[1]
        weak = middle / np.linalg.norm(middle)
        strong = np.array([-weak[1], weak[0]])

        def excess(s, net=net, weak=weak, strong=strong, covering=covering):
            matrix = np.vstack([s * weak, strong])
            return np.linalg.norm(net @ matrix.T, axis=1).min() - 2 * covering

        s = brentq(excess, 0.0, 1.0, xtol=1e-15)
        rows.append({"radius": covering, "points": len(net), "quotient": s / (2 * covering)})
    return pd.DataFrame(rows)


def sub_gaussian_norms():
    r"""Return :math:`\|\zeta\|_{\psi_2}`, solving :math:`E e^{(\zeta/s)^2} = 2`, of three distributions."""

    def sign(s):
        return np.exp(s**-2)

    def normal(s):  # the integrand is below 1e-20 at the end of the interval for all s from 1.5 on
        return 2 * quad(lambda t: np.exp(t * t * (s**-2 - 0.5)) / np.sqrt(2 * np.pi), 0, 50, limit=200)[0]

    def uniform(s):
        return quad(lambda t: np.exp((t / s) ** 2), 0, np.sqrt(3))[0] / np.sqrt(3)

    lowest = {"random sign": (sign, 0.5), "standard normal": (normal, 1.5), "uniform": (uniform, 0.5)}
    rows = [
        {"distribution": name, "norm": brentq(lambda s, moment=moment: moment(s) - 2, low, 5.0, xtol=1e-13)}
        for name, (moment, low) in lowest.items()
    ]
    return pd.DataFrame(rows)
