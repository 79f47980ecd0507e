"""Fragments made from the ledger: cards, score, claims.json, the reference of a package."""

import json

import pytest

from companion.claims import NOT_REPRODUCED, REPRODUCED, UNDECIDED, Claim
from companion.generate import claims_json, errata, score, scorecard, write_fragments


def claim(name, paper, **changes):
    return Claim(
        name, paper, f"Place {name}", "A statement.\n", "7", {"at_most": 7}, f"part/{name}", **changes
    )


CLAIMS = {
    c.id: c
    for c in (
        claim("a", "benson2020"),
        claim("b", "other1999", expected=NOT_REPRODUCED, note="A misprint.\n"),
        claim("c", "benson2020", needs="paper"),
        claim("d", "benson2020"),
    )
}
VERDICTS = {"a": REPRODUCED, "b": NOT_REPRODUCED, "c": UNDECIDED, "d": REPRODUCED}
SETTLED = {
    i: {"id": i, "page": f"part/{i}", "verdict": v, "measured": 3.5, "shown": "3.500"}
    for i, v in VERDICTS.items()
}


def test_the_score_counts_verdicts_by_paper():
    assert score(CLAIMS, SETTLED).splitlines()[4:] == [
        *("* - Paper", "  - reproduced", "  - not reproduced", "  - not decided at this scale"),
        *("* - {cite:t}`benson2020`", "  - 2", "  - 0", "  - 1"),
        *("* - {cite:t}`other1999`", "  - 0", "  - 1", "  - 0"),
        "::::",
    ]


def test_without_claims_there_is_a_sentence_instead_of_an_empty_table():
    assert "list-table" not in score({}, {})
    assert scorecard({}, {}) == ""
    assert json.loads(claims_json({}, {}, "paper")) == {"scale": "paper", "claims": []}


def test_the_cards_are_grouped_by_paper_and_linked_to_the_verdict():
    text = scorecard(CLAIMS, SETTLED)
    assert [line for line in text.splitlines() if line.startswith(("##", "::::{", "**["))] == [
        "## {cite:t}`benson2020`",
        "::::{div} claim-card reproduced paper-benson2020",
        "**[Place a](#claim-a)** [reproduced]{.verdict}",
        "::::{div} claim-card undecided paper-benson2020",
        "**[Place c](#claim-c)** [not decided at this scale]{.verdict}",
        "::::{div} claim-card reproduced paper-benson2020",
        "**[Place d](#claim-d)** [reproduced]{.verdict}",
        "## {cite:t}`other1999`",
        "::::{div} claim-card not-reproduced paper-other1999",
        "**[Place b](#claim-b)** [not reproduced]{.verdict}",
    ]
    assert "*The paper:* 7 *Measured:* 3.500 *Criterion:* at most 7\n\nA misprint.\n::::" in text


def test_claims_that_name_an_erratum_are_listed_in_the_order_of_the_errata():
    assert errata(CLAIMS, SETTLED) == "No claim on record names an erratum.\n"
    named = {
        c.id: c
        for c in (
            claim("a", "benson2020", note="See {ref}`errata E10 <erratum-e10>`."),
            claim("b", "benson2020", note="See errata E2."),
            claim("c", "benson2020", note="No errata here."),
        )
    }
    assert errata(named, SETTLED).splitlines()[7:] == [
        *("* - [E2](#erratum-e2)", "  - [Place b](#claim-b)", "  - not reproduced"),
        *("* - [E10](#erratum-e10)", "  - [Place a](#claim-a)", "  - reproduced"),
        "::::",
    ]


def test_claims_json_says_everything_a_machine_wants_to_know():
    facts = json.loads(claims_json(CLAIMS, SETTLED, "paper"))
    assert facts["scale"] == "paper"
    assert facts["claims"][2] == {
        "id": "c",
        "paper": "benson2020",
        "place": "Place c",
        "statement": "A statement.",
        "paper_value": "7",
        "criterion": {"at_most": 7},
        "needs": "paper",
        "expected": REPRODUCED,
        "note": "",
        "page": "part/c",
        "url": "book/part/c.html#claim-c",
        "verdict": UNDECIDED,
        "measured": 3.5,
    }
    assert [c["id"] for c in facts["claims"]] == list(CLAIMS)


def test_infinity_is_text_because_json_has_no_number_for_it():
    settled = {**SETTLED, "a": {**SETTLED["a"], "measured": {"x": [float("inf"), 1.5], "y": -float("inf")}}}
    text = claims_json(CLAIMS, settled, "paper")
    facts = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert facts["claims"][0]["measured"] == {"x": ["inf", 1.5], "y": "-inf"}


def test_all_fragments_are_written(tmp_path):
    left_over = tmp_path / "book" / "_generated" / "api-gone.md"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("a topic that is no more")
    write_fragments(tmp_path, CLAIMS, SETTLED, {"studies": {"one": ["studies.incremental.covering"]}})
    written = {p.name for p in (tmp_path / "book" / "_generated").iterdir()}
    assert written == {
        "scorecard.md",
        "score.md",
        "errata.md",
        "api-twolayer.md",
        "api-studies-one.md",
        "overview-studies-one.md",
        "api-companion.md",
    }
