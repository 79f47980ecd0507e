"""The ledger: what each paper claims, the criterion that settles it, and the verdict on record.

``book/claims.yml`` is data. A notebook measures and calls :meth:`companion.page.Page.settle`; the criterion is
applied here, so that a page cannot be lenient. The build refuses a claim that nobody settles, that two pages
settle, or whose verdict differs from the one on record.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
UNDECIDED = "not decided at this scale"
_FIELDS = {
    "id",
    "paper",
    "place",
    "statement",
    "paper_value",
    "criterion",
    "page",
    "needs",
    "expected",
    "note",
}
_KINDS = ("equals", "at_most", "at_least", "between", "holds", "agrees_with")
_EXTRAS = {"equals": {"rtol", "atol"}, "agrees_with": {"within"}}  # what may stand beside a kind


class ClaimError(Exception):
    """The ledger and the book disagree."""


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a paper.

    Attributes
    ----------
    id : str
        Unique, lower case, e.g. ``benson-theorem-2-2``.
    paper : str
        Key of the bibliography.
    place : str
        Where in the paper: ``Theorem 2.2``, ``Fig. 1(c)``.
    statement, paper_value : str
        What the paper says, in our words (MyST), and the value it gives.
    criterion : mapping
        How the measured value decides, see :func:`decide`.
    page : str
        The one notebook that settles it.
    needs : {"any", "paper"}
        The scale at which it can be decided.
    expected : str
        The verdict on record.
    note : str
        Why, when the claim is not reproduced.
    """

    id: str
    paper: str
    place: str
    statement: str
    paper_value: str
    criterion: Mapping
    page: str
    needs: str = "any"
    expected: str = REPRODUCED
    note: str = field(default="")

    @property
    def label(self) -> str:
        """Cross-reference name of the box in which the claim is settled."""
        return f"claim-{self.id}"


def load_claims(path: Path) -> dict[str, Claim]:
    """Read and validate the ledger.

    Raises
    ------
    ClaimError
        For an unknown or missing field, a repeated id, an unknown criterion, verdict or scale, a number that YAML
        reads as text.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    claims: dict[str, Claim] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ClaimError(f"{path.name}: an entry is no mapping with an id and so on, but {entry!r}")
        where = f"{path.name}: claim {entry.get('id', '(without an id)')!r}"
        unknown, missing = set(entry) - _FIELDS, _FIELDS - {"needs", "expected", "note"} - set(entry)
        if unknown or missing:
            raise ClaimError(f"{where}: unknown fields {sorted(unknown)}, missing fields {sorted(missing)}")
        wrong = [k for k, v in entry.items() if k != "criterion" and not isinstance(v, str)]
        if wrong:
            raise ClaimError(f"{where}: {wrong[0]} = {entry[wrong[0]]!r} must be text; put it in quotes")
        claim = Claim(**entry)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim.id):
            raise ClaimError(f"{where}: use lower-case words joined by hyphens as id")
        if claim.id in claims:
            raise ClaimError(f"{where} is there twice; ids are unique")
        _check_criterion(where, claim.criterion)
        if claim.needs not in ("any", "paper"):
            raise ClaimError(f"{where}: needs = {claim.needs!r}; use 'any' or 'paper'")
        if claim.expected not in (REPRODUCED, NOT_REPRODUCED):
            raise ClaimError(
                f"{where}: expected = {claim.expected!r}; use {REPRODUCED!r} or {NOT_REPRODUCED!r}"
            )
        if claim.expected == NOT_REPRODUCED and not claim.note.strip():
            raise ClaimError(f"{where} is expected not to be reproduced: its note must say why")
        claims[claim.id] = claim
    return claims


def _check_criterion(where: str, criterion) -> None:
    """Refuse a criterion that :func:`decide` could not apply."""
    kinds = [k for k in _KINDS if k in criterion] if isinstance(criterion, Mapping) else []
    if len(kinds) != 1:
        raise ClaimError(
            f"{where}: the criterion needs exactly one of {', '.join(_KINDS)}; it is {criterion!r}"
        )
    kind = kinds[0]
    unknown = set(criterion) - {kind} - _EXTRAS.get(kind, set())
    if unknown:
        raise ClaimError(f"{where}: the criterion has unknown entries {sorted(unknown)} beside {kind}")
    if kind == "holds":
        if not (isinstance(criterion["holds"], str) and criterion["holds"].strip()):
            raise ClaimError(f"{where}: holds must say what is checked, not {criterion['holds']!r}")
        return
    if kind == "between" and not (isinstance(criterion["between"], list) and len(criterion["between"]) == 2):
        raise ClaimError(f"{where}: between needs [low, high], not {criterion['between']!r}")
    if kind == "agrees_with" and "value" not in dict(criterion["agrees_with"]):
        raise ClaimError(f"{where}: agrees_with needs a value, and its standard_error where there is one")
    for value in _leaves(criterion):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            raise ClaimError(
                f"{where}: {value!r} in the criterion is not a number (in YAML write 1.0e-8, not 1e-8)"
            )


def _leaves(value) -> list:
    """Return every value in nested mappings and lists, in order."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return [leaf for v in value for leaf in _leaves(v)] if isinstance(value, list) else [value]


def decide(criterion: Mapping, measured) -> bool:
    """Apply a criterion to a measured value (a number, a list, a mapping of numbers, or truth values).

    * ``equals: v`` with ``rtol`` and/or ``atol`` (shape of ``v`` as measured, or one value for all entries);
    * ``at_most: v``, ``at_least: v``, ``between: [low, high]``: every entry;
    * ``holds: text``: every entry is true; the text says what was checked;
    * ``agrees_with: {value, standard_error}`` with ``within`` (default 3) standard errors; measured is a mapping
      with ``value`` and ``standard_error``.

    Raises
    ------
    ClaimError
        If the measured value has NaN in it, is empty, or does not fit the kind of criterion. Infinity is a value:
        it is what the condition number of a singular matrix comes to.
    """
    if "agrees_with" in criterion:
        theirs = criterion["agrees_with"]
        if not isinstance(measured, Mapping) or set(measured) != {"value", "standard_error"}:
            raise ClaimError(f"agrees_with needs a measured value and its standard_error, got {measured!r}")
        if not (math.isfinite(measured["value"]) and math.isfinite(measured["standard_error"])):
            raise ClaimError(f"the measured value is not finite: {measured!r}")
        spread = math.hypot(theirs.get("standard_error", 0.0), measured["standard_error"])
        if not spread > 0:
            raise ClaimError("agrees_with needs a positive standard error on at least one side")
        return abs(measured["value"] - theirs["value"]) <= criterion.get("within", 3) * spread
    entries = list(measured.values()) if isinstance(measured, Mapping) else measured
    values = np.atleast_1d(np.asarray(entries))
    if values.size == 0:
        raise ClaimError("nothing was measured (an empty value)")
    if "holds" in criterion:
        if values.dtype != bool:
            raise ClaimError(f"this criterion needs truth values, measured {measured!r}")
        return bool(values.all())
    # integers beyond 64 bits are numbers too, though numpy keeps them as objects
    if values.dtype.kind not in "iuf" and not all(type(v) in (int, float) for v in values.flat):
        raise ClaimError(f"this criterion needs numbers, measured {measured!r}")
    values = values.astype(float)
    if np.isnan(values).any():
        raise ClaimError(f"the measured value has NaN in it: {measured!r}")
    if "equals" in criterion:
        expected = criterion["equals"]
        if isinstance(expected, Mapping):
            if not isinstance(measured, Mapping) or set(expected) != set(measured):
                raise ClaimError(f"expected the entries {sorted(expected)}, measured {measured!r}")
            expected = [expected[k] for k in measured]
        wanted = np.asarray(expected, dtype=float)
        if wanted.ndim and wanted.shape != values.shape:
            raise ClaimError(f"expected {wanted.size} values, measured {values.size}")
        return bool(
            np.allclose(values, wanted, rtol=criterion.get("rtol", 0.0), atol=criterion.get("atol", 0.0))
        )
    if "at_most" in criterion:
        return bool((values <= criterion["at_most"]).all())
    if "at_least" in criterion:
        return bool((values >= criterion["at_least"]).all())
    low, high = criterion["between"]
    return bool(((values >= low) & (values <= high)).all())


def criterion_text(criterion: Mapping) -> str:
    """Return the criterion in words."""
    tolerance = ", ".join(
        f"{word} tolerance {_written(criterion[key])}"
        for key, word in (("rtol", "relative"), ("atol", "absolute"))
        if criterion.get(key)
    )
    if "equals" in criterion:
        value = criterion["equals"]
        if isinstance(value, Mapping):
            value = "; ".join(f"{k}: {_written(v)}" for k, v in value.items())
        elif isinstance(value, (list, tuple)):
            value = ", ".join(f"{_written(v)}" for v in value)
        elif not isinstance(value, str):
            value = _written(value)
        return f"equals {value} ({tolerance or 'exactly'})"
    if "at_most" in criterion:
        return f"at most {_written(criterion['at_most'])}"
    if "at_least" in criterion:
        return f"at least {_written(criterion['at_least'])}"
    if "between" in criterion:
        return f"between {_written(criterion['between'][0])} and {_written(criterion['between'][1])}"
    if "holds" in criterion:
        return str(criterion["holds"])
    return f"within {criterion.get('within', 3)} standard errors of {_written(criterion['agrees_with']['value'])}"


def _written(value: float) -> str:
    """Return a bound as it stands in the ledger, with a minus sign and powers of ten for readers."""
    mantissa, _, exponent = f"{value:g}".partition("e")
    if exponent:
        factor = "" if mantissa == "1" else rf"{mantissa}\times "
        return f"${factor}10^{{{int(exponent)}}}$"
    return mantissa.replace("-", "\u2212")


def verdict(claim: Claim, measured, scale: str) -> str:
    """Return the verdict; a claim that needs the paper's scale stays undecided at any other."""
    if claim.needs == "paper" and scale != "paper":
        return UNDECIDED
    return REPRODUCED if decide(claim.criterion, measured) else NOT_REPRODUCED


def check_ledger(claims: Mapping[str, Claim], settled: Iterable[Mapping], pages: Iterable[str]) -> list[str]:
    """Return every disagreement between the ledger and what the pages settled, in words."""
    settled, pages = list(settled), set(pages)
    problems = []
    counts = Counter(s["id"] for s in settled)
    problems += [
        f"claim {i} is settled {n} times; exactly one notebook settles a claim"
        for i, n in counts.items()
        if n > 1
    ]
    for claim in claims.values():
        if claim.page not in pages:
            problems.append(
                f"claim {claim.id} is to be settled on {claim.page}, which is not a notebook of the book"
            )
        elif claim.id not in counts:
            problems.append(
                f"claim {claim.id} ({claim.place}) is settled by no page; {claim.page} should settle it"
            )
    for s in settled:
        claim = claims.get(s["id"])
        if claim is None:
            problems.append(f"{s['page']} settles {s['id']!r}, which is not in claims.yml")
        elif s["page"] != claim.page:
            problems.append(f"claim {claim.id} is settled on {s['page']}, on record is {claim.page}")
        elif s["verdict"] not in (claim.expected, UNDECIDED):
            problems.append(
                f"claim {claim.id} ({claim.place}) came out {s['verdict']!r}, on record is {claim.expected!r}; "
                f"measured {s['measured']} on {s['page']}, criterion: {criterion_text(claim.criterion)}"
            )
    return problems
