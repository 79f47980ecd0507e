"""The page on a reader's own staircase: prediction, training, forecasts, and what it says about them."""

import dataclasses
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion import figures
from studies.incremental import own_gallery as gallery
from studies.incremental import own_pictures as pictures
from studies.incremental import own_report as report
from studies.incremental import own_staircase, own_tables
from studies.incremental.own_comparison import compare, trial
from studies.incremental.own_instance import own_instance
from studies.incremental.own_staircase import descend, follow, predict
from twolayer.jump_process import jump_process

MIXED = {"labels": "2 -1.3 0.7 1.6 -0.9 1.1", "neurons": 8, "seed": 3}


def said(one):
    return "\n".join([report.opening(one), report.verdict(one), *report.reasons(one)])


def test_the_prediction_is_algorithm_1():
    instance = own_instance(**MIXED)
    prediction = predict(instance, 2.0)
    process = jump_process(instance.active, instance.signs, instance.y, factor=2.0)
    assert np.array_equal(prediction.process.times, process.times)
    assert np.array_equal(prediction.fitted_by, process.fitted_by)
    assert [group[0] for group in prediction.groups] == process.neurons.tolist()
    assert not prediction.ties
    assert prediction.loss_at(0.0) == process.losses[0]
    assert prediction.loss_at(1e9) == process.losses[-1]


def test_a_zero_label_is_a_point_less_at_the_same_number_of_points():
    whole = own_instance("1 0 -1 0.5", mask="1100 0110 0001", signs="+-+")
    less = own_instance("1 -1 0.5", mask="100 010 001", signs="+-+")
    predictions = predict(whole), predict(less, 3 / 4)
    np.testing.assert_allclose(predictions[0].process.times, predictions[1].process.times)
    assert predictions[0].fitted_by.tolist() == [0, -1, 1, 2] or predictions[0].fitted_by[1] == -1
    one = trial(whole, 60.0)
    assert one.comparison.norm_error < 1e-6
    assert np.abs(one.main.outputs[-1, 1]) < 1e-9
    assert "Zero labels* (1)" in said(one)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("length", [8.0, 40.0])
def test_labels_times_s_change_units_only(scale, length):
    y = np.array([2, -1.3, 0.7, 1.6, -0.9, 1.1])
    one, other = (trial(own_instance(s * y, neurons=8, seed=3), length) for s in (1.0, scale))
    tolerance = {"rtol": 1e-5, "atol": 1e-7}
    np.testing.assert_allclose(other.prediction.process.times * scale, one.prediction.process.times)
    np.testing.assert_allclose(other.comparison.half * scale, one.comparison.half, **tolerance)
    np.testing.assert_allclose(other.comparison.plateaus / scale**2, one.comparison.plateaus, **tolerance)
    np.testing.assert_allclose(other.descent.outputs[-1] / scale, one.descent.outputs[-1], **tolerance)
    np.testing.assert_allclose(other.forecast, one.forecast, **tolerance)
    assert other.enough == pytest.approx(one.enough)
    assert report.verdict(other) == report.verdict(one)


def test_the_factor_of_the_loss_changes_times_only():
    instance = own_instance(**MIXED)
    one, two = trial(instance, 40.0), trial(instance, 40.0, 2.0)
    np.testing.assert_allclose(2 * two.comparison.half, one.comparison.half, rtol=1e-6)
    assert two.comparison.norm_error == pytest.approx(one.comparison.norm_error, rel=1e-5, abs=1e-8)
    assert two.forecast == pytest.approx(one.forecast)


def test_flow_and_descent_tell_the_same():
    instance = own_instance(**MIXED)
    prediction = predict(instance)
    flow, descent = follow(instance, prediction, 60.0), descend(instance, prediction, 60.0)
    assert (flow.method, descent.method) == ("flow", "descent")
    # Descent is late by half its step, as a part: 0.5 per cent.
    times = np.array([compare(instance, prediction, run).half for run in (flow, descent)])
    np.testing.assert_allclose(times[1], times[0], rtol=0.012)
    np.testing.assert_allclose(descent.outputs[-1], flow.outputs[-1], atol=1e-3)


@pytest.mark.parametrize(
    ("values", "ties", "groups"),
    [
        (gallery.TIE, [(0, 0, 1, 1)], [[0], [1]]),
        (gallery.HARMLESS, [(0, 0, 1, 0)], [[0], [1], [2]]),
        ({"labels": "1 1 1", "mask": "110 110 001"}, [], [[0, 1], [2]]),
        (
            {"labels": "1 1 1", "mask": "100 010 001"},
            [(0, 0, 1, 0), (0, 0, 2, 0), (1, 1, 2, 0)],
            [[0], [1], [2]],
        ),
        ({"labels": "1 1 1 1", "mask": "1100 0011 1100"}, [(0, 0, 1, 0)], [[0, 2], [1]]),
        (gallery.COVERED, [], [[0], [2], [1]]),
    ],
)
def test_ties_and_equal_neurons_are_found(values, ties, groups):
    prediction = predict(own_instance(**values))
    assert list(prediction.ties) == ties
    assert [group.tolist() for group in prediction.groups] == groups


def test_the_gallery_shows_what_it_says():
    covered, uncovered, tie, close = (trials[0] for trials in gallery.panels().values())
    assert report.agrees(covered)
    assert report.agrees(uncovered)
    assert uncovered.prediction.uncovered.tolist() == [2]
    assert uncovered.main.losses[-1] == pytest.approx(0.9**2 / 12, rel=1e-6)
    assert "Undecided: a tie" in report.verdict(tie)
    assert tie.enough == np.inf
    # By symmetry of the labels, both get the same if they point to them alike: Y = sqrt(5/4).
    even = gallery.run({"labels": "1 1 1", "directions": "0.8 0.6 -0.1; -0.1 0.6 0.8", "signs": "++"}, 100.0)
    np.testing.assert_allclose(np.exp(2 * even.main.log_norms[-1]), np.sqrt(5) / 2, rtol=1e-6)
    assert "Not the limit yet" in report.verdict(close)
    assert 100 < close.enough < 150
    contested = [gallery.norm_errors(gallery.TIE, (100.0,), pick)["L = 100"] for pick in (min, max)]
    ends = np.exp(2 * gallery.run(gallery.TIE, 100.0).main.log_norms[-1])
    orders = [np.abs(ends - limit).max() / np.sqrt(2) for limit in ((np.sqrt(2), 1), (1, np.sqrt(2)))]
    np.testing.assert_allclose(contested, sorted(orders), rtol=1e-6)  # powers of lambda are far below
    assert gallery.norm_errors(gallery.HARMLESS, (100.0,), max)["L = 100"] < 1e-9
    assert report.agrees(gallery.run(gallery.CLOSE, 1.5 * close.enough))


def test_the_crossing_of_a_level():
    instance = own_instance(**gallery.CLOSE)
    found = gallery.error_crossing(instance, 120.0)
    errors = [trial(instance, L, descent=False).comparison.norm_error for L in (0.95 * found, 1.05 * found)]
    assert errors[0] > 0.01 > errors[1]
    assert gallery.error_crossing(own_instance(**gallery.TIE), 20.0) == np.inf


def test_forecasts_are_never_too_good():
    table = gallery.forecasts(6, (40.0, 150.0))
    calm = table[table["forecast"] <= 0.01]
    assert len(calm) >= 6
    assert (calm["error"] <= 0.01).all()
    assert (calm["points"] == 0).all()
    # They are no empty threats either.
    assert (table[table["forecast"] > 0.2]["error"] > 0.02).all()


def test_a_wrong_prediction_is_noticed():
    one = trial(own_instance(**gallery.COVERED), 200.0)
    process = one.prediction.process
    changes = [
        {"label_norms": 1.05 * process.label_norms},
        {"losses": 1.05 * process.losses},
        {"neurons": process.neurons[::-1], "times": process.times},
    ]
    for change in changes:
        false = dataclasses.replace(one.prediction, process=dataclasses.replace(process, **change))
        if "neurons" in change:
            false = dataclasses.replace(false, groups=one.prediction.groups[::-1])
        wrong = dataclasses.replace(one, prediction=false, comparison=compare(one.instance, false, one.main))
        assert not report.agrees(wrong)
    moved = dataclasses.replace(
        one.prediction, fitted_by=np.where(np.arange(6) == 2, -1, one.prediction.fitted_by)
    )
    assert compare(one.instance, moved, one.main).wrong_points.tolist() == [2]


def test_words_for_each_case():
    nothing = trial(own_instance("1 2", mask="00 00"), 20.0)
    assert "Nothing is learnt" in said(nothing)
    assert "no jump" in said(nothing)
    assert own_tables.ladder(nothing).empty
    assert "forecast" in own_tables.ladder(nothing)
    assert own_tables.jumps_table(nothing).empty
    twins = said(trial(own_instance("1 1 1", mask="110 110 001"), 20.0))
    assert "Equal neurons.* 0 and 1" in twins
    small = said(trial(own_instance(**gallery.COVERED), 4.0))
    assert "below $L=12$ the start is not tiny" in small
    assert "It also says which point will" in said(trial(own_instance("1 2", mask="10"), 50.0))
    assert "Forecasts at a tie" in said(gallery.run(gallery.HARMLESS, 50.0))
    close = said(gallery.run(gallery.CLOSE, 20.0))
    assert "A close contest" in close
    assert "Merged jumps* (1 and 2)" in close
    uneven = trial(own_instance("1 1e-3 1e-5", mask="100 010 001"), 1e4)
    if not uneven.main.whole:
        assert "Not to the end" in said(uneven)
    assert "[never fitted]" in said(trial(own_instance(**gallery.UNCOVERED), 50.0))


def test_a_run_that_is_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(own_staircase, "_SECONDS", 1e-4)
    one = trial(own_instance(**gallery.COVERED), 100.0)
    assert one.main.method == "descent"
    assert not one.main.whole
    assert "Unfinished" in report.verdict(one)
    assert "Not to the end" in said(one)
    assert not report.agrees(one)


def test_lists_and_plurals():
    assert report.listed([3]) == "3"
    assert report.listed([1, 2, 5]) == "1, 2 and 5"
    assert report.listed(range(20)).endswith("… (20 in all)")
    assert [report.plural(k, "point") for k in (0, 1, 2)] == ["no point", "1 point", "2 points"]
    assert report.percent(0.25) == "25 %"
    assert report.percent(0.0) == "less than 0.01 %"


def test_the_ladder_has_the_readers_own_run_and_the_forecast_of_enough():
    one = trial(own_instance(**gallery.CLOSE), 40.0)
    ladder = own_tables.ladder(one)
    assert ladder["L"].tolist() == [40.0, 150.0, 160.0]
    assert ladder["error"].is_monotonic_decreasing
    assert ladder["error"].iloc[1] < 0.01
    assert ladder["error"].iloc[0] == one.comparison.norm_error


def test_of_very_many_points_some_are_drawn():
    one = trial(own_instance(np.linspace(0.5, 2, 600), neurons=5, seed=1), 8.0)
    figure, data = pictures.hero(one)
    plt.close(figure)
    assert sum(name.startswith("output_") for name in data) == pictures.MOST


@pytest.mark.parametrize("length", [0, -1, float("nan"), "big", None])
def test_a_length_that_is_none_is_refused(length):
    with pytest.raises((TypeError, ValueError), match="L must be"):
        trial(own_instance("1 2"), length)


@pytest.mark.parametrize("factor", [0, -1, "two"])
def test_a_factor_that_is_none_is_refused(factor):
    with pytest.raises((TypeError, ValueError), match="c must be"):
        trial(own_instance("1 2"), 20.0, factor)


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(
    labels=st.lists(st.sampled_from([-2, -1, -0.5, 0, 0.5, 1, 1, 1.5, 3]), min_size=1, max_size=7).filter(
        any
    ),
    neurons=st.integers(1, 6),
    seed=st.integers(0, 1000),
    length=st.sampled_from([1.0, 5.0, 14.0, 60.0, 300.0]),
)
def test_every_instance_gets_a_page(labels, neurons, seed, length):
    """Small labels with many ties: whatever comes, there are words, pictures and tables, and no contradiction."""
    one = trial(own_instance(labels, neurons=neurons, seed=seed), length)
    text = said(one)
    assert not re.search(r"nan|inf\b|None|\$\$", text)
    assert text.count("$") % 2 == 0
    figures.use_style()
    for picture, alt in ((pictures.hero, pictures.hero_alt), (pictures.who_learns_what, pictures.mask_alt)):
        figure, data = picture(one)
        figure.canvas.draw()
        plt.close(figure)
        assert len(data)
        assert len(alt(one).split()) >= 8
    calm = one.forecast <= 0.01 and length >= 14
    if calm and not one.prediction.ties:
        assert one.comparison.norm_error <= 0.01
        assert not one.comparison.wrong_points.size
