"""The points that the paper's pipeline makes of Fashion-MNIST: 250 sneakers and 250 T-shirts in ten dimensions.

They are archived, so that the book is rebuilt without the images; where the images are, the audit derives the points
again and compares.
"""

import gzip
from dataclasses import dataclass

import numpy as np

from companion.rawdata import raw_file
from companion.study import Study, Tolerance
from studies.underdetermined.data import FASHION_POINTS, draw_synthetic
from twolayer.preprocessing import parse_idx, principal_component_points

SNEAKER, T_SHIRT = 7, 0
"""Classes with the labels +1 and -1."""

EACH, COMPONENTS = 250, 10
"""Images of each class, and principal components."""


@dataclass(frozen=True)
class Sample:
    """A sample of images: the seed of the draw, and whether the principal components are those of centred data."""

    seed: int
    centred: bool


def training_images() -> tuple[np.ndarray, np.ndarray]:
    """Return all 60000 training images as rows of 784 pixels, and their classes."""
    images, classes = (
        parse_idx(gzip.decompress(raw_file("fashion-mnist", name).read_bytes()))
        for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    )
    return images.reshape(len(images), -1), classes


def draw_images(classes: np.ndarray, seed: int) -> np.ndarray:
    """Return the positions of 250 sneakers and then 250 T-shirts, drawn without replacement.

    Parameters
    ----------
    classes : ndarray of int, shape (N,)
        Classes of all images.
    seed : int
        Of the generator that draws all data sets, in the paper's order; the paper gives none.

    Returns
    -------
    ndarray of int, shape (500,)
        Positions.
    """
    *_, rng = draw_synthetic(seed)
    return np.concatenate(
        [rng.choice(np.flatnonzero(classes == kind), EACH, replace=False) for kind in (SNEAKER, T_SHIRT)]
    )


def derive(sample: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Derive points from the raw images.

    Parameters
    ----------
    sample : Sample
        Which images, and which principal components.

    Returns
    -------
    x : ndarray of shape (500, 10)
        Unit points.
    y : ndarray of shape (500,)
        +1 for sneakers, -1 for T-shirts.
    images : ndarray of int, shape (500,)
        Positions in the training set.

    Raises
    ------
    MissingDataError
        If the images are absent or damaged.
    """
    images, classes = training_images()
    chosen = draw_images(classes, sample.seed)
    x = principal_component_points(images[chosen], components=COMPONENTS, centred=sample.centred)
    return x, np.where(classes[chosen] == SNEAKER, 1.0, -1.0), chosen


def compute(sample: Sample) -> list[dict]:
    """Return one row for each image of a sample."""
    x, y, images = derive(sample)
    return [
        {"image": int(image), "label": int(label), **{f"x{k + 1}": float(v) for k, v in enumerate(point)}}
        for image, label, point in zip(images, y, x, strict=True)
    ]


def cells(scale: str) -> list[Sample]:
    """Return the one sample of the book, at either scale."""
    del scale
    return [Sample(seed=0, centred=True)]


# Singular vectors differ between linear-algebra libraries by rounding over the gap of the singular values, far below
# 1e-10 for the first ten of these images; coordinates are numbers of size one.
FASHION_POINTS_STUDY = Study(
    name=FASHION_POINTS,
    description="The 500 points in dimension 10 that the pipeline of section 3.5 makes of Fashion-MNIST: 250 sneakers "
    "and 250 T-shirts of the training set, ten centred principal components, projected on the sphere.",
    compute=compute,
    cells=cells,
    tolerances={f"x{k + 1}": Tolerance(rtol=0.0, atol=1e-9) for k in range(COMPONENTS)},
    requires=("fashion-mnist",),
    timeout=600.0,
)
