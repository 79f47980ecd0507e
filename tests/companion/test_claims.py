"""The ledger: what it refuses to read, what each criterion decides, how pages can disagree with it."""

import re

import pytest
import yaml

from companion.claims import (
    NOT_REPRODUCED,
    REPRODUCED,
    UNDECIDED,
    Claim,
    ClaimError,
    check_ledger,
    criterion_text,
    decide,
    load_claims,
    verdict,
)
from companion.notebooks import contents
from companion.paths import repository_root

ENTRY = {
    "id": "lines-theorem-1",
    "paper": "benson2020",
    "place": "Theorem 1",
    "statement": "Lines are straight.",
    "paper_value": "0",
    "criterion": {"at_most": 1},
    "page": "part/page",
}


def claim(**changes):
    return Claim(**{**ENTRY, **changes})


@pytest.fixture
def read(tmp_path):
    def read(*entries, text=None):
        path = tmp_path / "claims.yml"
        path.write_text(yaml.safe_dump(list(entries)) if text is None else text, encoding="utf-8")
        return load_claims(path)

    return read


def test_a_ledger_is_read_with_its_defaults(read):
    second = {**ENTRY, "id": "lines-2", "needs": "paper", "expected": NOT_REPRODUCED, "note": "a misprint"}
    claims = read(ENTRY, second)
    assert list(claims) == ["lines-theorem-1", "lines-2"]
    assert claims["lines-theorem-1"] == claim(needs="any", expected=REPRODUCED, note="")
    assert claims["lines-theorem-1"].label == "claim-lines-theorem-1"


def test_an_empty_ledger_has_no_claims(read):
    assert read(text="") == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "unknown fields ['colour']"),
        ({"place": None}, "place = None must be text"),
        ({"paper_value": 7}, "paper_value = 7 must be text; put it in quotes"),
        ({"id": "Lines 1"}, "lower-case words joined by hyphens"),
        ({"criterion": {}}, "exactly one of"),
        ({"criterion": "holds"}, "exactly one of"),
        ({"criterion": {"at_most": 1, "at_least": 0}}, "exactly one of"),
        ({"criterion": {"at_most": "1e-8"}}, "in YAML write 1.0e-8"),
        ({"criterion": {"at_most": True}}, "not a number"),
        ({"criterion": {"at_most": float("nan")}}, "not a number"),
        ({"criterion": {"equals": {"a": "x"}}}, "'x' in the criterion is not a number"),
        ({"criterion": {"at_most": 1, "atol": 0.1}}, "unknown entries ['atol'] beside at_most"),
        ({"criterion": {"equals": 1, "atoll": 0.1}}, "unknown entries ['atoll']"),
        ({"criterion": {"between": [1, 2, 3]}}, "between needs [low, high]"),
        ({"criterion": {"holds": True}}, "holds must say what is checked"),
        ({"criterion": {"agrees_with": {"standard_error": 1}}}, "agrees_with needs a value"),
        ({"needs": "quick"}, "needs = 'quick'"),
        ({"expected": "maybe"}, "expected = 'maybe'"),
        ({"expected": NOT_REPRODUCED}, "its note must say why"),
        ({"expected": NOT_REPRODUCED, "note": "  "}, "its note must say why"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_id_and_the_reason(read, changes, message):
    with pytest.raises(ClaimError, match=re.escape(message)) as error:
        read({**ENTRY, **changes})
    assert changes.get("id", ENTRY["id"]) in str(error.value)


@pytest.mark.parametrize("missing", sorted(ENTRY))
def test_a_missing_field_is_refused(read, missing):
    with pytest.raises(ClaimError, match=re.escape(f"missing fields {[missing]}")):
        read({k: v for k, v in ENTRY.items() if k != missing})


def test_an_id_is_used_once(read):
    with pytest.raises(ClaimError, match="there twice"):
        read(ENTRY, ENTRY)


def test_the_infamous_float_of_yaml_is_refused(read):
    text = yaml.safe_dump([ENTRY]).replace("at_most: 1", "at_most: 1e-8")
    with pytest.raises(ClaimError, match=re.escape("in YAML write 1.0e-8")):
        read(text=text)


def test_an_entry_that_is_no_mapping_is_refused(read):
    with pytest.raises(ClaimError, match="is no mapping"):
        read(text="- just words\n")


@pytest.mark.parametrize(
    ("criterion", "good", "bad"),
    [
        ({"equals": 2}, [2, 2.0, [2, 2]], [2.0000001, [2, 3], float("inf")]),
        ({"equals": 100, "rtol": 0.01}, [99.5, 101], [98.9, 101.1]),
        ({"equals": 0, "atol": 0.5}, [0.5, -0.5], [0.51]),
        ({"equals": [1, 2]}, [[1, 2]], [[2, 1]]),
        ({"equals": {"a": 1, "b": 2}}, [{"b": 2, "a": 1}], [{"a": 2, "b": 1}]),
        ({"at_most": 7}, [7, [1, 7], {"a": 0, "b": -1}, -float("inf")], [7.1, [1, 8], {"a": 0, "b": 9}]),
        ({"at_least": 1e16}, [1e16, float("inf"), [1e20, 1e17], 10**30], [1e15, [1e20, 1]]),
        ({"between": [-0.6, -0.4]}, [-0.5, [-0.6, -0.4]], [-0.39, -0.61, [-0.5, 0.5]]),
        ({"holds": "all is well"}, [True, [True, True], {"a": True}], [False, [True, False]]),
        (
            {"agrees_with": {"value": 10, "standard_error": 3}},
            [{"value": 24, "standard_error": 4}, {"value": -5, "standard_error": 4}],
            [{"value": 26, "standard_error": 4}],
        ),
        (
            {"agrees_with": {"value": 10}, "within": 2},
            [{"value": 12, "standard_error": 1}],
            [{"value": 12.1, "standard_error": 1}],
        ),
    ],
)
def test_each_criterion_accepts_and_rejects(read, criterion, good, bad):
    read({**ENTRY, "criterion": criterion})
    assert [decide(criterion, value) for value in good] == [True] * len(good)
    assert [decide(criterion, value) for value in bad] == [False] * len(bad)


@pytest.mark.parametrize(
    ("criterion", "measured", "message"),
    [
        ({"at_most": 1}, float("nan"), "NaN"),
        ({"at_least": 1}, [1, float("nan")], "NaN"),
        ({"equals": {"a": 1}}, {"a": float("nan")}, "NaN"),
        ({"between": [0, 1]}, [], "nothing was measured"),
        ({"holds": "x"}, {}, "nothing was measured"),
        ({"holds": "x"}, 1, "needs truth values"),
        ({"at_most": 1}, True, "needs numbers"),
        ({"at_most": 1}, "0.5", "needs numbers"),
        ({"at_most": 1}, None, "needs numbers"),
        ({"equals": [1, 2]}, [1, 2, 3], "expected 2 values, measured 3"),
        ({"equals": {"a": 1}}, {"b": 1}, "expected the entries ['a']"),
        ({"equals": {"a": 1}}, [1], "expected the entries ['a']"),
        ({"agrees_with": {"value": 1}}, 1.0, "and its standard_error"),
        ({"agrees_with": {"value": 1}}, {"value": 1}, "and its standard_error"),
        ({"agrees_with": {"value": 1}}, {"value": 1, "standard_error": 0}, "positive standard error"),
        ({"agrees_with": {"value": 1}}, {"value": float("nan"), "standard_error": 1}, "not finite"),
        ({"agrees_with": {"value": 1}}, {"value": 1, "standard_error": float("nan")}, "not finite"),
        ({"agrees_with": {"value": 1}}, {"value": 1, "standard_error": float("inf")}, "not finite"),
    ],
)
def test_what_was_not_measured_decides_nothing(criterion, measured, message):
    with pytest.raises(ClaimError, match=re.escape(message)):
        decide(criterion, measured)


def test_a_claim_that_needs_the_papers_scale_stays_open_at_any_other():
    needs_paper = claim(needs="paper")
    assert verdict(needs_paper, 0, "quick") == UNDECIDED == "not decided at this scale"
    assert verdict(needs_paper, 0, "paper") == REPRODUCED
    assert verdict(needs_paper, 5, "paper") == NOT_REPRODUCED
    assert verdict(claim(), 5, "quick") == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("criterion", "text"),
    [
        ({"equals": 2}, "equals 2 (exactly)"),
        (
            {"equals": [1, 2], "rtol": 0.1, "atol": 0.5},
            "equals 1, 2 (relative tolerance 0.1, absolute tolerance 0.5)",
        ),
        ({"equals": {"a": 1}}, "equals a: 1 (exactly)"),
        ({"at_most": 7}, "at most 7"),
        ({"at_least": 0.25}, "at least 0.25"),
        ({"at_most": 1e-12}, "at most $10^{-12}$"),
        ({"between": [-0.06, 2.5e7]}, "between \u22120.06 and $2.5\\times 10^{7}$"),
        ({"equals": True}, "equals 1 (exactly)"),
        ({"between": [0, 1]}, "between 0 and 1"),
        ({"holds": "all is well"}, "all is well"),
        ({"agrees_with": {"value": 3}}, "within 3 standard errors of 3"),
    ],
)
def test_a_criterion_in_words(criterion, text):
    assert criterion_text(criterion) == text


def settled(**changes):
    return {"id": ENTRY["id"], "page": ENTRY["page"], "verdict": REPRODUCED, "measured": 0, **changes}


LEDGER = {ENTRY["id"]: claim()}


def test_a_ledger_in_agreement_has_no_problems():
    assert check_ledger(LEDGER, [settled()], ["part/page"]) == []
    assert check_ledger(LEDGER, [settled(verdict=UNDECIDED)], ["part/page"]) == []


@pytest.mark.parametrize(
    ("entries", "pages", "message"),
    [
        ([], ["part/page"], "is settled by no page; part/page should settle it"),
        ([], ["part/other"], "to be settled on part/page, which is not a notebook of the book"),
        ([settled(), settled()], ["part/page"], "is settled 2 times"),
        (
            [settled(page="part/other")],
            ["part/page", "part/other"],
            "settled on part/other, on record is part/page",
        ),
        ([settled(), settled(id="stray")], ["part/page"], "settles 'stray', which is not in claims.yml"),
        (
            [settled(verdict=NOT_REPRODUCED, measured=9)],
            ["part/page"],
            "measured 9 on part/page, criterion: at most 1",
        ),
    ],
)
def test_each_disagreement_is_one_problem(entries, pages, message):
    (problem,) = check_ledger(LEDGER, entries, pages)
    assert message in problem


def test_an_unexpected_success_is_a_disagreement_too():
    ledger = {ENTRY["id"]: claim(expected=NOT_REPRODUCED, note="a misprint")}
    (problem,) = check_ledger(ledger, [settled()], ["part/page"])
    assert "came out 'reproduced', on record is 'not reproduced'" in problem


def test_the_ledger_of_the_book_is_valid_and_names_its_pages():
    claims = load_claims(repository_root() / "book" / "claims.yml")
    pages = {page.removeprefix("book/") for page in contents(repository_root() / "_toc.yml")}
    assert {c.page for c in claims.values()} <= pages
