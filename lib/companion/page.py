"""What a notebook holds in its hand: results in; figures, tables, sentences, verdicts and a passport out.

Inside a build (the environment variable ``COMPANION_STAGE`` names the staging folder) a page writes its pictures
and its record there. In JupyterLab nothing is written: pictures and tables are shown in place.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import display
from matplotlib_inline.backend_inline import flush_figures
from threadpoolctl import threadpool_limits

from companion import claims as ledger
from companion import figures, formatting, frames, passport
from companion.archive import files_read, read_archive
from companion.mystoutput import MYST_MIME
from companion.paths import repository_root
from companion.runner import compute_table
from companion.study import SCALES, Study

STAGE_VARIABLE = "COMPANION_STAGE"


class Page:
    """One notebook page.

    Parameters
    ----------
    name : str
        Path of the notebook below ``book/`` without its ending, e.g. ``underdetermined/conditioning``.
    scale : {"quick", "paper"}
        Whether to compute small studies live or to read the archived ones.
    **parameters
        The page's other parameters, for the passport.

    Raises
    ------
    ValueError
        For an unknown scale.
    """

    def __init__(self, name: str, scale: str, **parameters):
        if scale not in SCALES:
            raise ValueError(f"scale = {scale!r}: use one of {', '.join(map(repr, SCALES))}")
        self.name, self.scale, self.parameters = name, scale, parameters
        self._stage = Path(os.environ[STAGE_VARIABLE]) if STAGE_VARIABLE in os.environ else None
        self._started = time.perf_counter()
        self._claims = ledger.load_claims(repository_root() / "book" / "claims.yml")
        self._figures: list[str] = []
        self._tables: list[str] = []
        self._settled: list[dict] = []
        self._studies: list[Study] = []
        self._limits = threadpool_limits(1)  # results must not depend on the number of cores
        figures.use_style()
        _show_no_figure_unasked()

    def rows(self, study: Study) -> pd.DataFrame:
        """Return the table of a study: the archived one at the paper's scale, a live one otherwise.

        A study of measured times is always read from the archive: times taken anew would make every build of the
        site a different one.
        """
        self._studies.append(study)
        archived = passport.is_archived(study, self.scale)
        return read_archive(study) if archived else compute_table(study, self.scale)

    def figure(self, figure, *, name: str, caption: str, alt: str, data: pd.DataFrame) -> None:
        """Put a numbered figure on the page, with downloads of its picture and its numbers.

        Parameters
        ----------
        figure : matplotlib figure
            Drawn with :func:`companion.figures.canvas`.
        name : str
            Label for cross-references, ``fig-...``; unique in the book.
        caption, alt : str
            The caption (MyST), and what is seen, in words, for a reader who cannot see it.
        data : DataFrame
            The numbers that are plotted.
        """
        self._put(figure, name, caption, alt, data)

    def frames(
        self,
        pictures,
        labels,
        *,
        name: str,
        caption: str,
        alt: str,
        data: pd.DataFrame,
        start: int = 0,
        control: str = "Frame",
    ) -> None:
        """Put a numbered figure with a slider over pictures on the page.

        Parameters
        ----------
        pictures : sequence of matplotlib figures
            At least two, of one size.
        labels : sequence of str
            What is said beside the slider, one for each picture, e.g. ``"L = 50"``.
        name, caption, alt, data
            As in :meth:`figure`; they speak of all pictures.
        start : int
            The picture that is seen first, in print, and without scripts.
        control : str
            What the slider moves, for those who cannot see it, e.g. ``"L, logarithm of the inverse scale"``.
        """
        frames.check(pictures, labels, start)
        extra = ""
        if self._stage:
            folder = (self._stage / "book" / self.name).parent / "figures"
            extra = frames.myst(name, frames.save(pictures, folder, name), labels, start, control)
        self._put(pictures[start], name, caption, alt, data, extra)
        for picture in pictures:
            plt.close(picture)

    def _put(self, figure, name, caption, alt, data, extra: str = "") -> None:
        if not re.fullmatch(r"fig-[a-z0-9-]+", name):
            raise ValueError(f"figure name {name!r}: use fig- and lower-case words joined by hyphens")
        if len(alt.split()) < 8:
            raise ValueError(
                f"{name}: the alt text must say what is seen (at least eight words), got {alt!r}"
            )
        if name in self._figures:
            raise ValueError(f"{name}: there is a figure of this name on the page already")
        if data.empty:
            raise ValueError(f"{name}: data must hold the numbers that are plotted")
        self._figures.append(name)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", metadata={"Software": None})
        bundle = {
            "image/png": base64.b64encode(picture.getvalue()).decode(),
            "text/plain": f"{alt}",
        }
        if self._stage:
            folder = (self._stage / "book" / self.name).parent / "figures"
            figures.save(figure, folder, name, data)
            downloads = " · ".join(
                f"{{download}}`{kind.upper()} <figures/{name}.{kind}>`" for kind in ("svg", "png", "csv")
            )
            bundle[MYST_MIME] = (
                f"::::{{figure}} figures/{name}.svg\n:name: {name}\n:alt: {formatting.one_line(alt)}\n"
                # Its natural width; the theme makes it narrower on a phone, and a tap opens the picture alone.
                f":width: {figure.get_figwidth() * 96:.0f}px\n\n"
                f"{formatting.one_line(caption)}\n[{downloads}]{{.figure-downloads}}\n::::\n"
                + (f"\n{extra}" if extra else "")
            )
        plt.close(figure)
        _show(bundle)

    def table(
        self,
        table: pd.DataFrame,
        *,
        name: str,
        caption: str,
        formats: Mapping[str, Callable] | None = None,
        digits: int = 3,
    ) -> None:
        """Put a numbered table on the page (see :func:`companion.formatting.list_table`)."""
        if not re.fullmatch(r"tab-[a-z0-9-]+", name) or name in self._tables:
            raise ValueError(f"table name {name!r}: use tab- and lower-case words, unique on the page")
        self._tables.append(name)
        myst = formatting.list_table(table, name=name, caption=caption, formats=formats, digits=digits)
        _show(
            {
                MYST_MIME: myst,
                "text/html": table.to_html(index=False),
                "text/plain": table.to_string(index=False),
            }
        )

    def say(self, text: str) -> None:
        """Put a sentence (MyST) on the page: for prose that carries measured numbers."""
        _show({MYST_MIME: text, "text/markdown": text, "text/plain": text})

    def settle(self, claim_id: str, measured, *, shown: str | None = None) -> None:
        """Settle a claim of the ledger with a measured value and show the verdict.

        Parameters
        ----------
        claim_id : str
            An id of ``book/claims.yml``.
        measured : number, list, mapping or truth value
            What the criterion is applied to (see :func:`companion.claims.decide`).
        shown : str, optional
            How to write the measured value; by default its numbers to four digits.
        """
        claim = self._claims.get(claim_id)
        if claim is None:
            raise ledger.ClaimError(f"no claim {claim_id!r} in book/claims.yml")
        if claim.page != self.name:
            raise ledger.ClaimError(f"claim {claim_id} is on record for {claim.page}, not for {self.name}")
        measured = _plain(measured)
        verdict = ledger.verdict(claim, measured, self.scale)
        shown = shown or _measured_text(measured)
        self._settled.append(
            {"id": claim.id, "page": self.name, "verdict": verdict, "measured": measured, "shown": shown}
        )
        kind = {ledger.REPRODUCED: "reproduced", ledger.NOT_REPRODUCED: "not-reproduced"}.get(
            verdict, "undecided"
        )
        text = (
            f":::::{{admonition}} {claim.place}: {verdict}\n:class: claim {kind}\n:name: {claim.label}\n\n"
            f"{claim.statement.strip()}\n\n"
            f"**The paper:** {claim.paper_value}\n\n**Measured:** {shown}\n\n"
            f"**Criterion:** {ledger.criterion_text(claim.criterion)}\n"
            + (f"\n{claim.note.strip()}\n" if claim.note.strip() else "")
            + ":::::\n"
        )
        plain = f"**{claim.place}: {verdict}.** {claim.statement.strip()} Measured: {shown}"
        _show({MYST_MIME: text, "text/markdown": plain, "text/plain": plain})

    def passport(self) -> None:
        """Close the page: show its passport and, in a build, write its record. The last cell of every notebook."""
        live, root = time.perf_counter() - self._started, repository_root()
        record = {
            "page": self.name,
            "scale": self.scale,
            "figures": self._figures,
            "tables": self._tables,
            "settled": self._settled,
            "files_read": sorted(str(p.relative_to(root)) for p in files_read() if p.is_relative_to(root)),
            "wall_s": live,
            "peak_mb": passport.peak_memory_mb(),
        }
        text = passport.text(self.name, self.scale, self.parameters, self._studies, record)
        if self._stage:
            target = self._stage / "records" / f"{self.name}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(record, indent=1), encoding="utf-8")
        _show({MYST_MIME: text, "text/markdown": text, "text/plain": text})


def _show_no_figure_unasked() -> None:
    """Keep IPython from showing every open figure at the end of a cell: drawing may take two cells."""
    shell = get_ipython()
    if shell is not None and flush_figures in shell.events.callbacks["post_execute"]:
        shell.events.unregister("post_execute", flush_figures)


def _show(bundle: dict) -> None:
    display(bundle, raw=True, metadata={"companion": True})


def _plain(value):
    """Return numpy scalars and arrays as the Python values they hold, so that JSON can carry them."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, pd.Series):
        return _plain(value.to_list())
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def _measured_text(measured) -> str:
    if isinstance(measured, Mapping):
        return "; ".join(f"{k}: {_measured_text(v)}" for k, v in measured.items())
    if isinstance(measured, list):
        if len(measured) > 8 and not isinstance(measured[0], bool):
            return f"{len(measured)} values from {_measured_text(min(measured))} to {_measured_text(max(measured))}"
        if measured and all(isinstance(v, bool) for v in measured):
            return f"true in {sum(measured)} of {len(measured)} cases"
        return ", ".join(_measured_text(v) for v in measured)
    if isinstance(measured, bool):
        return "true" if measured else "false"
    return formatting.number(measured, 4)
