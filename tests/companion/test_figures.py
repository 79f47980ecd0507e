"""Figures: the same bytes twice, an opaque ground, series that can be told apart."""

import io
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion import figures


@pytest.fixture(autouse=True)
def _look():
    with mpl.rc_context():
        figures.use_style()
        yield
        plt.close("all")


def draw():
    table = pd.DataFrame({"x": np.linspace(0, 1, 7), "y": np.linspace(0, 1, 7) ** 2 / 3})
    fig, axes = figures.canvas(1, 2)
    for ax in axes:
        ax.fill_between(table["x"], 0, table["y"], alpha=0.3)
        ax.semilogy(table["x"], 1 + table["y"], label=r"$\alpha^2$", marker="o", clip_on=True)
        ax.set(xlabel="$x$", title="A title")
        ax.legend()
    return fig, table


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    saved = [figures.save(*args, "fig-one", table) for args, table in _two_drawings(tmp_path)]
    for kind in ("svg", "png", "csv"):
        first, second = (files[kind].read_bytes() for files in saved)
        assert first == second
        assert first
    text = saved[0]["svg"].read_text()
    assert "<dc:date>" not in text
    assert "Matplotlib v" not in text


def _two_drawings(tmp_path):
    for name in ("first", "second"):
        fig, table = draw()
        yield (fig, tmp_path / name / "figures"), table


def test_saving_a_figure_again_gives_the_same_bytes(tmp_path):
    """A page saves a figure as a preview before it saves the files of the site."""
    fig, table = draw()
    fig.savefig(io.BytesIO(), format="png")
    again = figures.save(fig, tmp_path / "again", "fig-one", table)
    fig, table = draw()
    once = figures.save(fig, tmp_path / "once", "fig-one", table)
    assert {k: p.read_bytes() for k, p in again.items()} == {k: p.read_bytes() for k, p in once.items()}


def test_ids_of_two_figures_on_a_page_differ(tmp_path):
    (fig, table), (other, _) = draw(), draw()
    first = figures.save(fig, tmp_path, "fig-one", table)["svg"].read_text()
    second = figures.save(other, tmp_path, "fig-two", table)["svg"].read_text()
    assert first != second


def test_the_numbers_of_a_figure_are_read_back_to_the_last_bit(tmp_path):
    fig, table = draw()
    back = pd.read_csv(figures.save(fig, tmp_path, "fig-one", table)["csv"])
    pd.testing.assert_frame_equal(back, table, check_exact=True)


def test_the_ground_is_opaque_white(tmp_path):
    fig, table = draw()
    files = figures.save(fig, tmp_path, "fig-one", table)
    pixels = plt.imread(files["png"])
    assert pixels.shape[2] == 3 or pixels[..., 3].min() == 1
    assert np.all(pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3] == 1)
    ground = files["svg"].read_text().split('<g id="patch_1">')[1].split("</g>")[0]
    assert "fill: #ffffff" in ground
    assert "opacity" not in ground


def luminance(colour):
    """Relative luminance as in WCAG 2."""
    channels = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("colour", figures.COLOURS)
def test_each_colour_has_a_contrast_of_three_to_one_against_white(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 3


# Colours as dichromats see them: Vienot, Brettel and Mollon (1999), linear RGB.
DICHROMATS = {
    "normal": np.eye(3),
    "protan": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deutan": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


@pytest.mark.parametrize("vision", DICHROMATS)
def test_the_four_first_colours_differ_for_every_eye(vision):
    """Four is the most series that the figures of a page draw side by side in earnest; dashes tell the rest apart."""
    seen = [DICHROMATS[vision] @ np.array(mpl.colors.to_rgb(c)) ** 2.2 for c in figures.COLOURS[:4]]
    distances = [
        np.linalg.norm(a.clip(0, 1) ** (1 / 2.2) - b.clip(0, 1) ** (1 / 2.2))
        for a, b in combinations(seen, 2)
    ]
    assert min(distances) > 0.25


def test_series_differ_in_colour_dashes_and_marker_at_once():
    labels = [f"series {i}" for i in range(6)]
    styles = figures.series_styles(labels, markers=True)
    assert list(styles) == labels
    for key in ("color", "linestyle", "marker"):
        assert len({str(style[key]) for style in styles.values()}) == 6
    assert all(set(style) == {"color", "linestyle"} for style in figures.series_styles(labels).values())


def test_many_series_still_differ_as_a_whole():
    styles = figures.series_styles(map(str, range(40)))
    assert len({str(style) for style in styles.values()}) == 40


def test_a_canvas_has_the_books_width():
    for columns, width in figures.WIDTH.items():
        fig, _ = figures.canvas(2, columns, height=2.0)
        assert tuple(fig.get_size_inches()) == (width, 4.0)


@pytest.mark.parametrize("columns", [0, 4])
def test_a_canvas_nobody_could_read_on_a_phone_is_refused(columns):
    with pytest.raises(ValueError, match=rf"columns = {columns}: use 1, 2 or 3"):
        figures.canvas(1, columns)


def test_the_style_does_not_depend_on_what_was_set_before():
    mpl.rcParams["lines.linewidth"] = 17
    mpl.rcParams["axes.facecolor"] = "red"
    figures.use_style()
    assert mpl.rcParams["lines.linewidth"] == figures.STYLE["lines.linewidth"]
    assert mpl.rcParams["axes.facecolor"] == "white"
