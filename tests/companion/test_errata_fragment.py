"""The table of claims that name an erratum."""

from companion.claims import Claim
from companion.generate import errata


def _claim(number: int, *, place: str, note: str = "", paper: str = "first2020") -> Claim:
    return Claim(
        id=f"claim-{number}",
        paper=paper,
        place=place,
        statement="Something holds.",
        paper_value="yes",
        criterion={"holds": "it holds"},
        page="part/page",
        note=note,
    )


def _table(*claims: Claim) -> str:
    ledger = {claim.id: claim for claim in claims}
    return errata(ledger, {name: {"verdict": f"verdict of {name}"} for name in ledger})


def test_entries_stand_in_the_order_of_their_numbers_with_place_and_verdict():
    text = _table(
        _claim(1, place="Lemma 10 (errata E10)"),
        _claim(2, place="Lemma 2", note="See {ref}`the erratum <erratum-e2>`."),
        _claim(3, place="Lemma 3"),
    )
    assert text.index("[E2](#erratum-e2)") < text.index("[E10](#erratum-e10)")
    assert "[Lemma 2](#claim-claim-2)" in text
    assert "verdict of claim-1" in text
    assert "Lemma 3" not in text


def test_a_claim_that_names_an_entry_twice_stands_there_once():
    text = _table(_claim(1, place="Lemma 2 (errata E2)", note="Errata E2 says why; so does errata E3."))
    assert text.count("(#erratum-e2)") == 1
    assert text.count("(#erratum-e3)") == 1


def test_the_papers_keep_the_order_of_the_ledger():
    text = _table(
        _claim(1, place="Lemma 9 (errata E9)"),
        _claim(2, place="Theorem 1 (errata E1)", paper="another2019"),
    )
    assert text.index("Lemma 9") < text.index("Theorem 1")


def test_a_ledger_without_errata_says_so():
    assert _table(_claim(1, place="Lemma 1 of the errata")) == "No claim on record names an erratum.\n"
