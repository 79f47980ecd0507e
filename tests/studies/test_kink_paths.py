import numpy as np
import pytest

from studies.inconsistency import figure_points, kink_paths
from studies.inconsistency.kink_redraws import Redraw, compute_redraw, summary
from twolayer.half_sided import half_sided_regression, half_sided_risk


@pytest.fixture(scope="module")
def data():
    return figure_points.published_points()


@pytest.fixture(scope="module")
def path(data):
    return kink_paths.train(data, kink_paths.CODE_STEP, 10_352)


def test_the_published_draw(data):
    # Golden numbers of an independent program for the same draw.
    assert (data.x > 0).sum() == 132
    assert data.smallest_distance == pytest.approx(0.3587, abs=1e-4)
    assert (data.x.min(), data.x.max()) == pytest.approx((-1.354, 1.341), abs=1e-3)
    assert (data.y.min(), data.y.max()) == pytest.approx((-1.64, 2.03), abs=5e-3)
    assert half_sided_risk(data) == pytest.approx(0.43160, abs=1e-5)
    np.testing.assert_allclose(half_sided_regression(data)[:, 1], 0, atol=1e-15)


def test_torch_still_draws_the_archived_points():
    drawn = figure_points.compute(figure_points.cells("paper")[0])
    archived = figure_points.read_archive(figure_points.POINTS)
    for name in ("x", "y"):
        np.testing.assert_allclose([row[name] for row in drawn], archived[name], rtol=1e-5, atol=1e-6)


def test_drawing_leaves_torch_as_it_was():
    import torch

    before = torch.get_rng_state()
    figure_points.compute(figure_points.Draw(5, 4))
    assert torch.equal(before, torch.get_rng_state())


def test_snapshots_are_the_caption_s():
    steps = kink_paths.snapshots()
    assert len(steps) == 105
    assert steps[0] == 0
    assert steps[-1] == 92_708
    assert steps[89] == kink_paths.LONG_HORIZON


def test_excess_loss_of_the_published_run(data, path):
    # Golden numbers of an independent program, to their three digits.
    golden = {
        0: 0.2797,
        9: 0.1337,
        29: 0.0406,
        96: 4.27e-3,
        303: 1.35e-3,
        954: 7.9e-4,
        2998: 1.8e-4,
        10_352: 1.5e-5,
    }
    table = kink_paths.kink_table(path, data).set_index("epoch")["excess"]
    np.testing.assert_allclose(table[list(golden)], list(golden.values()), rtol=0.03)


def test_kinks_stay_and_the_network_stays_affine(data, path):
    assert path.largest_kink == pytest.approx(0.1310, abs=1e-4)
    assert kink_paths.bend(path, data).max() < 1e-13
    gaps = kink_paths.pair_gaps(path.kinks)
    assert (gaps < 1e-3).sum() == 2


def test_bend_notices_a_network_that_bends(data):
    near_optimal = kink_paths.near_optimal_network(figure_points.read_archive("inconsistency/near-optimal"))
    fit = kink_paths.outputs(near_optimal, data.x)
    assert 0.5 * ((fit - data.y) ** 2).mean() < 0.05 * half_sided_risk(data)
    row = compute_redraw(Redraw("points of the caption", 6000, 0))[0]
    assert row["largest_bend"] > 1e-3  # this draw is one in which a kink crosses


def test_modes_add_up_to_the_excess_loss(data, path):
    start = kink_paths.legacy_start(8634587)
    rates, shares = kink_paths.eigenmodes(start, data)
    excess = path.losses[0] - half_sided_risk(data)
    assert shares.sum() == pytest.approx(excess, rel=1e-12)
    assert shares[2:].sum() / excess > 0.99
    assert rates[1] < rates[2] / 10
    prediction = kink_paths.linear_prediction(start, data, kink_paths.CODE_STEP, [0, 1, 10])
    assert prediction[0] == pytest.approx(excess, rel=1e-12)
    assert (np.diff(prediction) < 0).all()


def test_travelled_is_a_share_of_the_way():
    kinks = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, -2.0]])
    np.testing.assert_allclose(kink_paths.travelled(kinks), [0, 0.25, 1])


def test_redraws_are_counted():
    import pandas as pd

    rows = [
        {
            "what": "weights",
            "largest_kink": 0.1,
            "smallest_distance": 0.3,
            "largest_bend": 0.0,
            "final_bend": 0.0,
        },
        {
            "what": "weights",
            "largest_kink": 0.25,
            "smallest_distance": 0.3,
            "largest_bend": 0.0,
            "final_bend": 0.0,
        },
        {
            "what": "weights",
            "largest_kink": 9.0,
            "smallest_distance": 0.3,
            "largest_bend": 0.4,
            "final_bend": 0.0,
        },
    ]
    counts = summary(pd.DataFrame(rows)).iloc[0]
    assert counts[["runs", "inside", "uncrossed", "affine", "affine_at_the_end"]].to_list() == [3, 1, 2, 2, 3]
