"""Lemma 4.2, Theorem 4.3 and Remark 6 on small systems; the comparison of widths; the Landweber formulas."""

import numpy as np
import pandas as pd
import pytest

from studies.underdetermined import gradient_descent as study
from studies.underdetermined.descent_checks import closed_form_checks
from twolayer.conditioning import condition_number
from twolayer.least_squares import contraction_rate


def test_random_systems_have_full_rank_and_various_condition_numbers():
    kappas = []
    for seed in range(20):
        z, y, start = study.random_system(seed)
        assert z.shape == (len(y), len(start))
        sigma = np.linalg.svd(z, compute_uv=False)
        assert sigma[-1] > 1e-3 * sigma[0]
        kappas.append(float(condition_number(sigma)))
    assert min(kappas) < 10
    assert max(kappas) > 1000


def test_no_residual_exceeds_the_bound_and_the_worst_start_attains_it():
    curves = study.bound_curves(range(10), steps=100)
    assert curves["ratio"].max() <= 1 + 1e-6  # both numbers are above 1e-9, rounding is 1e-16
    for seed in range(10):
        assert study.worst_start_ratio(seed) == pytest.approx(1, rel=1e-5)


def test_the_scan_finds_the_step_of_the_lemma_and_the_branches_meet_there():
    assert study.best_multiple(range(5)) == pytest.approx(1.0, abs=0.0051)
    sigma = np.array([3.0, 1.0])
    scan = study.rate_scan(sigma, np.array([0.5, 1.0, 2.0])).set_index("multiple")
    assert scan.loc[1.0, "smallest"] == pytest.approx(scan.loc[1.0, "largest"])
    assert scan.loc[1.0, "rate"] == pytest.approx(0.8)  # 1 - 2 / (1 + 9)
    np.testing.assert_array_equal(scan["rate"], np.maximum(scan["smallest"], scan["largest"]))


def test_slopes_of_the_error_are_those_of_the_slowest_component():
    z, y = study.small_features(0)
    paths = study.step_size_paths(z, y, (1.0, 1.9, 0, 2.1), steps=2000)
    slopes = study.fitted_slopes(paths)
    np.testing.assert_allclose(slopes["slope"], slopes["theory"], rtol=1e-2)
    assert slopes.set_index("multiple").loc[2.1, "theory"] == pytest.approx(np.log(1.1), rel=1e-9)
    usable = paths[(paths["bound"] > 1e-9) & (paths["rate"] < 1)]
    assert (usable["error"] <= usable["bound"] * (1 + 1e-9)).all()


def test_the_step_of_remark_6_has_the_best_rate():
    sigma = np.linalg.svd(study.small_features(0)[0], compute_uv=False)
    best = contraction_rate(sigma)
    assert all(best <= contraction_rate(sigma, m / sigma[0] ** 2) for m in (0.5, 1.0, 1.9, 1.999))


def test_limits_of_starts():
    z, y = study.small_features(2)  # well conditioned: a few hundred steps suffice
    limits = study.limits_of_starts(z, y, range(3), steps=1000)
    assert (limits["to_prediction"] < 1e-12).all()
    assert limits["to_least_norm"].iloc[0] < 1e-12
    assert (limits["to_least_norm"].iloc[1:] > 0.5).all()  # 108 of 120 dimensions stay where they started
    assert (limits["residual"] < 1e-12).all()


def test_widths_are_those_computed_by_hand():
    spectra = pd.DataFrame(
        {
            "data": "Prostate-Cancer",
            "activation": ["relu", "swish"],
            "n": 97,
            "bound": [1.0, 0.5],
            "smallest": [5.78e-6, 0.0],
            "largest": [1.0, 1.0],
        }
    )
    row = study.width_comparison(spectra, failure=0.05).iloc[0]
    assert row["relu"] == pytest.approx(10 * 97 * np.log(2 * 97 / 0.05) / 5.78e-6, rel=1e-12)
    assert row["swish"] == np.inf
    assert row["tangent"] == pytest.approx(6.85e-3, rel=0.01)
    assert row["du"] == pytest.approx((97 / row["tangent"]) ** 4, rel=1e-12)
    assert row["du_printed"] == pytest.approx(
        row["du"] * 8**4, rel=1e-9
    )  # the factor 1/d, to the fourth power


def test_a_singular_tangent_matrix_has_no_width():
    spectra = pd.DataFrame(
        {
            "data": "Synthetic-2",
            "activation": ["wendland0"],
            "n": 100,
            "bound": 1.0,
            "smallest": 1e-6,
            "largest": 1.0,
        }
    )
    row = study.width_comparison(spectra).iloc[0]
    assert row["du"] == np.inf
    assert row["tangent"] == 0
    assert np.isfinite(row["wendland0"])


def test_closed_forms_are_identities_for_every_step_and_the_printed_one_is_not():
    checks = closed_form_checks(0, (0.5, 1.0, None, 2.05), steps=500)
    assert checks["allowed"].tolist() == [True, False, False, False]
    assert checks["iterates"].max() < 1e-11
    assert checks["residual"].max() < 1e-11
    assert checks["filter"].dropna().item() < 1e-12
    # One of the two choices of signs makes the printed sum negative at every step.
    assert (checks["negative"] == len(np.unique(np.linspace(1, 500, 200).astype(int)))).all()
