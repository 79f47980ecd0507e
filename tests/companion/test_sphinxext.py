"""What the Sphinx extension does to the text of a page."""

import pytest

from companion.sphinxext import keep_punctuation

FORMULA = '<span class="math notranslate nohighlight">\\(a &lt; b\\)</span>'


@pytest.mark.parametrize("after", [".", ",", ").", ";", ":", "?"])
def test_a_formula_keeps_its_punctuation(after):
    assert keep_punctuation(f"<p>if {FORMULA}{after} Then</p>") == (
        f'<p>if <span class="formula">{FORMULA}{after}</span> Then</p>'
    )


def test_a_bracket_before_a_formula_stays_with_it():
    assert keep_punctuation(f"(or ({FORMULA} as") == f'(or <span class="formula">({FORMULA}</span> as'


@pytest.mark.parametrize("after", ["", " and", "<em>.</em>", "-th"])
def test_other_text_is_left_alone(after):
    text = f"<p>if {FORMULA}{after}</p>"
    assert keep_punctuation(text) == text


def test_only_the_formula_before_the_punctuation_is_bound():
    text = keep_punctuation(f"{FORMULA} or {FORMULA}.")
    assert text == f'{FORMULA} or <span class="formula">{FORMULA}.</span>'
