"""A numbered figure with a slider: pictures drawn beforehand, one of them shown, the others one movement away.

The page carries the first picture as an ordinary figure, and the others as images that nobody sees and no browser loads
before it has to. The script ``_static/frames.js`` adds the slider and a button that plays them. Without scripts, and in
print, the figure is what it would be anyway.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from companion.formatting import one_line


def check(pictures: Sequence, labels: Sequence[str], start: int) -> None:
    """Raise ValueError unless there are at least two pictures of one size, a label for each, and a start among them."""
    if len(pictures) < 2 or len(pictures) != len(labels):
        raise ValueError(
            f"a slider needs at least two pictures and a label for each, got {len(pictures)} and {len(labels)}"
        )
    sizes = {tuple(float(side) for side in picture.get_size_inches()) for picture in pictures}
    if len(sizes) > 1:
        raise ValueError(f"the pictures of a slider must have one size, got {sorted(sizes)}")
    if not 0 <= start < len(pictures):
        raise ValueError(f"start = {start}: there are {len(pictures)} pictures, from 0")


def save(pictures: Sequence, folder: Path, name: str) -> list[str]:
    """Write each picture, losslessly compressed, and return the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [f"{name}-frame-{k:02d}.webp" for k in range(len(pictures))]
    for picture, file in zip(pictures, files, strict=True):
        picture.savefig(folder / file, format="webp", pil_kwargs={"lossless": True, "method": 1})
    return files


def myst(name: str, files: Sequence[str], labels: Sequence[str], start: int, control: str) -> str:
    """Return the hidden images that ``frames.js`` finds beside the figure ``name``."""
    lines = ["::::::{only} html", f":::::{{container}} frames frames-of-{name} frames-start-{start}", ""]
    lines += [one_line(control), ""]
    for file, label in zip(files, labels, strict=True):
        text = re.sub(r"\s+", " ", label).strip()
        lines += [f"::::{{image}} figures/{file}", f":alt: {text}", ":loading: lazy", "::::", ""]
    return "\n".join([*lines, ":::::", "::::::", ""])
