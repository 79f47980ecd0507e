"""Studies of the quasirandom properties, the removal of neurons and appendix C: by hand, golden numbers, cells."""

import numpy as np
import pandas as pd
import pytest

from studies.convergence import limit_kernel_summaries as kernel_summaries
from studies.convergence import limit_kernels, one_neuron, quasirandom, removal
from studies.convergence import quasirandom_summaries as summaries
from studies.convergence.instances import draw
from twolayer.kernels import relu_neural_tangent_gram


def test_the_counting_constant_is_a_supremum_over_all_radii():
    values = np.random.default_rng(0).standard_normal((3, 40))
    radii = np.unique(np.abs(values))
    counts = (np.abs(values)[:, :, None] <= radii).sum(axis=1)
    assert quasirandom.counting_constant(values) == pytest.approx(
        (counts / (40 * radii + 1)).max(), rel=1e-12
    )


def test_constants_at_the_sizes_of_the_paper():
    # Golden: independent computations at n = 100 to their printed digits.
    points = [quasirandom.measure_constants(draw(100, m, 0)) for m in (100, 500, 1000)]
    np.testing.assert_allclose([p["norm"] for p in points], [1.99, 3.15, 4.11], atol=0.06)
    np.testing.assert_allclose([10 * p["inner"] for p in points], [3.5, 4.2, 4.5], atol=0.5)
    assert all(0.74 < p["row"] / 10 < 0.9 for p in points)
    assert all(1.5 < p["counting"] < 4 for p in points)


def test_the_studies_have_rows_for_every_size():
    cell = quasirandom.SubsetsCell(20, 10, 40, 0, 4)
    rows = quasirandom.compute_subsets(cell)
    assert [row["size"] for row in rows] == quasirandom.subset_sizes(cell).tolist()
    assert rows[-1]["found"] == pytest.approx(rows[-1]["random"], rel=1e-12)
    dual = quasirandom.compute_subsets(quasirandom.SubsetsCell(21, 6, 60, 0, 4))
    assert dual[0]["size"] == 6
    assert all(row["found"] <= row["random"] + 1e-12 for row in dual)


def test_every_adversary_is_worse_than_chance_and_one_point_bounds_the_best():
    rows = removal.compute_removal(removal.RemovalCell(20, 30, 80, 0))
    assert rows[0]["random"] == rows[0]["greedy"] == rows[0]["alternating"]
    for row in rows[1:]:
        assert min(row["greedy"], row["alternating"]) <= row["random"] + 1e-12
        assert row["alternating"] <= row["one_point"] + 1e-12


def test_monte_carlo_agrees_with_the_kernels():
    # 14 comparisons at 5 standard errors: false-alarm rate below 1e-5.
    table = limit_kernels.monte_carlo(0, np.linspace(-0.9, 0.9, 7), 100_000)
    for name in ("w", "z"):
        assert (np.abs(table[name] - table[f"exact_{name}"]) <= 5 * table[f"{name}_error"] + 1e-15).all()


def test_limit_spectra_are_those_of_independent_computations():
    # Golden at n = 100: means of a few draws, three digits.
    for m, w_min, z_min in ((100, 0.237, 0.086), (300, 0.191, 0.061), (500, 0.171, 0.052)):
        row = limit_kernels.compute_spectrum(limit_kernels.SpectrumCell(100, m, 0))[0]
        assert row["w_min"] == pytest.approx(w_min, abs=0.006)
        assert row["z_min"] == pytest.approx(z_min, abs=0.004)


def test_output_kernels_of_finite_width_are_averages():
    values, limit = limit_kernels.smallest_output_eigenvalues(1, 5, 4000, 3)
    assert values == pytest.approx([limit] * 3, rel=0.15)
    again, _ = limit_kernels.smallest_output_eigenvalues(1, 5, 4000, 3)
    np.testing.assert_array_equal(values, again)
    wide = limit_kernels.compute_width(limit_kernels.WidthCell(1000, 100, 0))[0]
    assert wide["output"] == pytest.approx(0.060, abs=0.003)
    # Fewer neurons than points: the output layer's kernel is singular.
    assert limit_kernels.compute_width(limit_kernels.WidthCell(20, 40, 0))[0]["output"] < 1e-12


def test_the_mean_of_one_neuron_is_the_quadratic_form():
    x = draw(10, 60, 0, 20).x
    q, printed, exact = one_neuron.samples(x, np.random.default_rng(0), 40_000)
    assert tuple(q) == one_neuron.FAMILIES
    # Five comparisons at 5 standard errors.
    assert (np.abs(q.mean() - exact) <= 5 * q.std() / 200 + 1e-12).all()
    assert exact["bottom"] == pytest.approx(np.linalg.eigvalsh(relu_neural_tangent_gram(x))[0], rel=1e-9)
    np.testing.assert_allclose(printed.mean(), 0.5, atol=0.02)
    assert (q.max() <= np.linalg.norm(x, 2) ** 2 + 1e-9).all()


def test_cells_of_all_scales_are_valid():
    studies = (
        quasirandom.CONSTANTS, quasirandom.SUBSETS, removal.REMOVAL,
        limit_kernels.SPECTRA, limit_kernels.WIDTHS, limit_kernels.CHERNOFF, one_neuron.DROPS,
    )  # fmt: skip
    for study in studies:
        assert len(study.cell_list("paper")) > len(study.cell_list("quick")) > 3


def test_summaries_of_removals_and_exponents():
    rows = pd.DataFrame(
        {"n": 5, "m": 6, "S": 20, "run": 0, "share": [0.0, 0.1, 0.2, 0.4], "random": [0.2, 0.19, 0.18, 0.15]}
        | {
            "greedy": [0.2, 0.18, 0.14, 0.1],
            "alternating": [0.2, 0.18, 0.12, 0.06],
            "one_point": [0.5, 0.4, 0.3, 0.1],
        }
    )
    worst = summaries.worst_removal(rows)
    assert worst["worst"].tolist() == [0.2, 0.18, 0.12, 0.06]
    # Between shares 0.2 (0.6 left) and 0.4 (0.3 left), a half is left at 0.2 + 0.2 / 3.
    assert summaries.half_share(worst) == pytest.approx(0.2 + 0.2 / 3)


def test_predicted_extremes_follow_the_measured_ones():
    table = pd.DataFrame(
        [
            vars(c) | quasirandom.compute_constants(c)[0]
            for c in quasirandom.constants_cells("quick")
            if c.run < 3
        ]
    )
    for column, varied in (("inner", "n"), ("row", "n"), ("product", "S"), ("output", "S")):
        found = summaries.means(table, varied, column)
        ratio = found["mean"].to_numpy() / summaries.expected_along(column, varied, found["size"])
        np.testing.assert_allclose(ratio, 1, atol=0.12)
    fits = summaries.fitted_exponents(table)
    assert fits.loc[fits["column"] == "output", "fitted"].iloc[0] == pytest.approx(0.5, abs=0.06)


def test_the_laws_of_output_weights_have_variance_one_and_are_sampled_as_stated():
    samples = summaries.output_weight_samples(np.random.default_rng(0), 200_000)
    for name, tail in summaries.output_weight_laws().items():
        # Standard errors of variances are below 0.01, of shares below 0.0012.
        assert samples[name].var() == pytest.approx(1, abs=0.06)
        assert (np.abs(samples[name]) >= 0.5).mean() == pytest.approx(tail(0.5), abs=0.006)


def test_failures_of_the_output_kernel_fall_with_the_width_and_stay_below_the_bound():
    cells = [limit_kernels.ChernoffCell(10, ratio, 1500, 29) for ratio in (2, 4, 6, 8)]
    table = kernel_summaries.failure_table(
        pd.DataFrame([vars(c) | limit_kernels.compute_chernoff(c)[0] for c in cells])
    )
    assert (np.diff(table["rate"]) < 0).all()
    # Five standard errors of a rate are at most 0.065.
    assert (table["rate"] <= table["bound"] + 0.065).all()
    rate = kernel_summaries.failure_rates(table)["rate"].iloc[0]
    assert 0.04 < rate < 0.12
    chernoff, lipschitz = kernel_summaries.failure_exponents(10, 0.1, 1.5)
    assert chernoff == pytest.approx(0.1534 * 0.01, rel=1e-3)
    assert lipschitz == pytest.approx(0.0858 * 0.1 / 4.5, rel=1e-3)


def test_trimmed_means_by_hand():
    q = pd.DataFrame({"a": [1.0, 2.0, 3.0, 10.0], "b": [0.0, 0.0, 4.0, 4.0]})
    assert kernel_summaries.trimmed_means(q, 0.25).tolist() == [1.5, 1.0]
