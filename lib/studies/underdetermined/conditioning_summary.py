r"""What Fig. 1 says in numbers: medians beside the population value, crossings, and how fast the limit is reached."""

import numpy as np
import pandas as pd

from studies.underdetermined.activations import FOUR, LABELS
from studies.underdetermined.conditioning import condition_numbers
from studies.underdetermined.data import DATA_SETS, load
from studies.underdetermined.population import closest_pair, population_condition
from twolayer.activations import activation_by_name
from twolayer.conditioning import NUMERICALLY_SINGULAR, condition_number, singular_values_by_width
from twolayer.gram import empirical_gram
from twolayer.initialisation import sphere_points


def describe_data() -> pd.DataFrame:
    """Return one row for each data set: sizes, the norm of the labels and the distance of the closest two points."""
    rows = []
    for name in DATA_SETS:
        x, y = load(name)
        sizes = {"data": name, "n": x.shape[0], "d": x.shape[1]}
        rows.append(sizes | {"norm": float(np.linalg.norm(y)), "closest": closest_pair(x)})
    return pd.DataFrame(rows)


def two_ways(data: str, name: str, ratio: int, seed: int) -> dict:
    r"""Compute the smallest eigenvalue of :math:`\hat H` from itself and from the features.

    Parameters
    ----------
    data, name : str
        Data set and activation.
    ratio : int
        The width over n.
    seed : int
        Of the weights.

    Returns
    -------
    dict
        ``data``, ``activation``, ``eigenvalue`` (of the matrix), ``square`` (:math:`\sigma_n^2`) and ``kappa``.
    """
    x, _ = load(data)
    weights = sphere_points(np.random.default_rng(seed), ratio * len(x), x.shape[1])
    activation = activation_by_name(name, x.shape[1])
    sigma = singular_values_by_width(x, weights, activation, [len(weights)])[0, 0]
    return {
        "data": data,
        "activation": LABELS[name],
        "eigenvalue": float(np.linalg.eigvalsh(empirical_gram(x, weights, activation))[0]),
        "square": float(sigma[-1] ** 2),
        "kappa": float(condition_number(sigma)),
    }


def against_population(draws: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    r"""Join the quantiles of :math:`\kappa(\hat H)` with :math:`\kappa(H)` of the same data set and activation.

    Parameters
    ----------
    draws : DataFrame
        Table of the study ``underdetermined/conditioning``.
    population : DataFrame
        Table of the study ``underdetermined/population``.

    Returns
    -------
    DataFrame
        Columns ``data``, ``activation``, ``width``, ``ratio`` (the width over n, that of the narrowest network),
        ``low``, ``median``, ``high``, ``population`` and ``singular`` (whether H is so numerically).
    """
    summary = condition_numbers(draws)
    first = population[(population["seed"] == 0) & population["corrected"]]
    limit = first.assign(population=population_condition(first))[["data", "activation", "population"]]
    joined = summary.merge(limit, on=["data", "activation"], how="left", validate="many_to_one")
    joined.insert(3, "ratio", joined["width"] / joined.groupby("data")["width"].transform("min"))
    return joined.assign(singular=joined["population"] >= NUMERICALLY_SINGULAR)


def clipped(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the summary with condition numbers clipped where double precision ends, as the figure shows them."""
    columns = ["low", "median", "high", "population"]
    return summary.assign(**summary[columns].clip(upper=NUMERICALLY_SINGULAR))


def at_largest_width(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the widest network of each data set."""
    return summary[summary["width"] == summary.groupby("data")["width"].transform("max")]


def medians(summary: pd.DataFrame, data: str, activation: str) -> np.ndarray:
    """Return the medians of one curve, by increasing width."""
    rows = summary[(summary["data"] == data) & (summary["activation"] == activation)]
    return rows.sort_values("width")["median"].to_numpy()


def against_relu(summary: pd.DataFrame) -> pd.DataFrame:
    """Return how the other activations compare with ReLU, at the largest width and in their crossing.

    Parameters
    ----------
    summary : DataFrame
        As ``against_population`` returns it.

    Returns
    -------
    DataFrame
        For each data set and each activation but ReLU: ``gain`` (ReLU's median over this one's at the largest width),
        ``crossing`` (the least m/n from which on this one's median stays below ReLU's, NaN if none) and ``fall`` (its
        own median at m = n over that at the largest width).
    """
    rows = []
    for data, part in clipped(summary).groupby("data", sort=False):
        relu = medians(part, data, "relu")
        ratios = np.sort(part["ratio"].unique())
        for name in [name for name in FOUR if name != "relu"]:
            own = medians(part, data, name)
            above = np.flatnonzero(own >= relu)
            after = 0 if len(above) == 0 else above[-1] + 1
            crossing = ratios[after] if after < len(ratios) else np.nan
            gain, fall = relu[-1] / own[-1], own[0] / own[-1]
            rows.append({"data": data, "activation": name, "gain": gain, "crossing": crossing, "fall": fall})
    return pd.DataFrame(rows)


def near_limit(summary: pd.DataFrame, ratio: float) -> pd.DataFrame:
    r"""Return the medians over :math:`\kappa(H)` at one m/n, for the pairs whose H is not numerically singular.

    Parameters
    ----------
    summary : DataFrame
        As ``against_population`` returns it.
    ratio : float
        The least m/n; the nearest width of the grid from there on is taken.

    Returns
    -------
    DataFrame
        ``data``, ``activation`` and ``excess``, the quotient.
    """
    least = summary.loc[summary["ratio"] > ratio * 0.99, "ratio"].min()
    rows = summary[(np.abs(summary["ratio"] / least - 1) < 0.02) & ~summary["singular"]]
    return rows.assign(excess=rows["median"] / rows["population"])[["data", "activation", "excess"]]
