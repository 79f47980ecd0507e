"""Summaries of the ensemble: shares with intervals, first draws, and powers that are known beforehand."""

import numpy as np
import pandas as pd
import pytest

from studies.incremental import activation_order_summary as summary
from studies.incremental.activation_order import LENGTHS


def made_up(powers=(0.01, 0.02), seeds=(3, 7)):
    rows = []
    for seed, power in zip(seeds, powers, strict=True):
        for length in LENGTHS:
            row = {
                "signs": "one sign",
                "seed": seed,
                "L": length,
                "listed": length > 100,
                "reached": seed == 3,
            }
            row |= {"norm_error": np.exp(-power * length) / 10, "deviation": 0.5 * np.exp(-power * length)}
            rows.append(row | {"exponent": power})
    return pd.DataFrame(rows)


def test_shares_and_their_intervals():
    table = summary.agreement(made_up())
    assert table["listed"].tolist() == [float(length > 100) for length in LENGTHS]
    assert (table["reached"] == 0.5).all()
    assert ((table["reached_low"] < 0.5) & (table["reached_high"] > 0.5)).all()
    assert table["error"].iloc[0] == pytest.approx(0.05 * (np.exp(-0.2) + np.exp(-0.4)))


def test_first_draws_are_the_smallest_seeds():
    table = summary.first_draws(made_up(), count=1)
    assert (table["draws"] == 1).all()
    assert table["error"].to_numpy() == pytest.approx([np.exp(-0.01 * length) / 10 for length in LENGTHS])


def test_powers_are_read_off_where_they_can_be():
    table = summary.measured_powers(made_up())
    np.testing.assert_allclose(table["measured"], table["predicted"])
    assert summary.measured_powers(
        made_up((0.0001, 0.5))
    ).empty  # too slow, and below the errors of integration


def test_powers_that_are_read_again_from_smaller_starts():
    """One sign: in draw 44 the least power comes to the front, in draw 33 the next one stays there."""
    powers = pd.DataFrame({"signs": "one sign", "seed": [44, 33], "predicted": np.nan, "measured": np.nan})
    again = summary.read_again(powers)
    assert again["measured"][0] == pytest.approx(again["predicted"][0], rel=1e-3)
    assert again["measured"][1] == pytest.approx(again["following"][1], rel=1e-3)
    assert again["following"][1] > 1.5 * again["predicted"][1]
