"""Fragments of pages made from the ledger and the library: scorecard, score, errata, API reference, claims.json."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from companion import reference
from companion.claims import NOT_REPRODUCED, REPRODUCED, UNDECIDED, Claim, criterion_text

VERDICTS = (REPRODUCED, NOT_REPRODUCED, UNDECIDED)
_ERRATUM = re.compile(r"\berrat(?:a|um)[ -]([a-z]+\d+)", re.IGNORECASE)
_CLASSES = {REPRODUCED: "reproduced", NOT_REPRODUCED: "not-reproduced", UNDECIDED: "undecided"}


def write_fragments(
    stage: Path,
    claims: Mapping[str, Claim],
    settled: Mapping[str, dict],
    topics: Mapping = MappingProxyType({}),
) -> None:
    """Write every generated fragment into ``book/_generated`` of the staging folder.

    ``topics`` groups the modules of the reference, as in :func:`companion.reference.read_topics`.
    """
    folder = stage / "book" / "_generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "scorecard.md").write_text(scorecard(claims, settled), encoding="utf-8")
    (folder / "score.md").write_text(score(claims, settled), encoding="utf-8")
    (folder / "errata.md").write_text(errata(claims, settled), encoding="utf-8")
    for name, text in reference.fragments(topics).items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def _cite(paper: str) -> str:
    return f"{{cite:t}}`{paper}`"


def score(claims: Mapping[str, Claim], settled: Mapping[str, dict]) -> str:
    """Return the table of verdicts by paper."""
    papers = list(dict.fromkeys(c.paper for c in claims.values()))
    if not papers:
        return "No claim is on record yet.\n"
    lines = [
        "::::{list-table} The score so far: claims by paper and verdict.",
        ":name: tab-score",
        ":header-rows: 1",
        "",
        "* - Paper",
        *[f"  - {v}" for v in VERDICTS],
    ]
    for paper in papers:
        counts = Counter(settled[c.id]["verdict"] for c in claims.values() if c.paper == paper)
        lines += [f"* - {_cite(paper)}", *[f"  - {counts[v]}" for v in VERDICTS]]
    return "\n".join([*lines, "::::", ""])


def scorecard(claims: Mapping[str, Claim], settled: Mapping[str, dict]) -> str:
    """Return the cards of all claims, each linked to the place where it is settled."""
    lines = []
    for paper in dict.fromkeys(c.paper for c in claims.values()):
        lines += [f"## {_cite(paper)}", ""]
        for claim in (c for c in claims.values() if c.paper == paper):
            facts = settled[claim.id]
            kind = _CLASSES[facts["verdict"]]
            lines += [
                f"::::{{div}} claim-card {kind} paper-{paper}",
                f"**[{claim.place}](#{claim.label})** [{facts['verdict']}]{{.verdict}}",
                "",
                claim.statement.strip(),
                "",
                f"*The paper:* {claim.paper_value} *Measured:* {facts['shown']} "
                f"*Criterion:* {criterion_text(claim.criterion)}",
                *(["", claim.note.strip()] if claim.note.strip() else []),
                "::::",
                "",
            ]
    return "\n".join(lines)


def errata(claims: Mapping[str, Claim], settled: Mapping[str, dict]) -> str:
    """Return the table of the claims that name an erratum ("errata E2", "erratum-e2"), in the order of the errata."""
    found = set()
    for claim in claims.values():
        for name in _ERRATUM.findall(f"{claim.place} {claim.statement} {claim.note}"):
            letters, number = re.fullmatch(r"(\D+)(\d+)", name.lower()).groups()
            found.add((claim.paper, letters, int(number), claim.id))
    if not found:
        return "No claim on record names an erratum.\n"
    lines = [
        "::::{list-table} Claims of the ledger that name an entry of this page.",
        ":name: tab-errata-claims",
        ":header-rows: 1",
        "",
        "* - Entry",
        "  - Claim",
        "  - Verdict",
    ]
    order = list(dict.fromkeys(c.paper for c in claims.values()))
    for _, letters, number, claim_id in sorted(found, key=lambda f: (order.index(f[0]), *f[1:])):
        claim = claims[claim_id]
        lines += [
            f"* - [{letters.upper()}{number}](#erratum-{letters}{number})",
            f"  - [{claim.place}](#{claim.label})",
            f"  - {settled[claim_id]['verdict']}",
        ]
    return "\n".join([*lines, "::::", ""])


def claims_json(claims: Mapping[str, Claim], settled: Mapping[str, dict], scale: str) -> str:
    """Return the machine-readable ledger with its verdicts."""
    entries = [
        {
            "id": c.id,
            "paper": c.paper,
            "place": c.place,
            "statement": c.statement.strip(),
            "paper_value": c.paper_value,
            "criterion": dict(c.criterion),
            "needs": c.needs,
            "expected": c.expected,
            "note": c.note.strip(),
            "page": c.page,
            "url": f"book/{c.page}.html#{c.label}",
            "verdict": settled[c.id]["verdict"],
            "measured": _strict(settled[c.id]["measured"]),
        }
        for c in claims.values()
    ]
    facts = {"scale": scale, "claims": entries}
    return json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _strict(value):
    """Return a measured value with infinity and NaN as text, since JSON has no numbers for them."""
    if isinstance(value, dict):
        return {k: _strict(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_strict(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
