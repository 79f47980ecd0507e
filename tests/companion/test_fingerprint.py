"""The fingerprint changes with a constant and with nothing less."""

import ast

import pytest

from companion.fingerprint import fingerprint, normalise, study_fingerprint
from companion.imports import import_closure

SOURCE = '''"""Module docstring."""
from math import pi  # the constant

FACTOR = 3.0

TEXT = """kept line

  # not a comment
trailing@@@
"""


class Thing:
    """Class docstring."""

    size = 2


def area(r):
    r"""Docstring,

    of several lines.
    """
    label = f"""{r}

    # {pi}"""  # comment
    "not a docstring, but useless"
    return FACTOR * pi * r**2 if label else "#hash"


async def later():
    """é only a docstring"""
'''.replace("@", " ")

SAME = {
    "comment changed": ("# the constant", "# another"),
    "comment gone": ("  # the constant", ""),
    "comment line": ("FACTOR = 3.0\n", "# about it\nFACTOR = 3.0\n"),
    "indented comment": ("    size = 2\n", "        # odd\n    size = 2  # even\n"),
    "module docstring": ("Module docstring.", "Other\n\nlines."),
    "docstring": ("of several lines.", "of some lines."),
    "docstring gone": ('    """Class docstring."""\n\n', ""),
    "only docstring": ("é only", "another only"),
    "blank lines": ("class Thing", "\n\nclass Thing"),
    "trailing white space": ("FACTOR = 3.0\n", "FACTOR = 3.0   \n"),
    "end of lines": ("\n", "\r\n"),
}
OTHER = {
    "constant": ("3.0", "3.0000001"),
    "operator": ("r**2", "r**3"),
    "string": ('"#hash"', '"#hush"'),
    "comment sign in a string": ("# not a comment", "# nor a comment"),
    "comment sign in an f-string": ("# {pi}", "## {pi}"),
    "blank line in a string": ("kept line\n\n", "kept line\n"),
    "white space in a string": ("trailing   \n", "trailing\n"),
    "blank line in an f-string": ("{r}\n\n", "{r}\n"),
    "useless string": ("but useless", "and useless"),
    "import": ("from math import pi", "from math import tau as pi"),
    "name": ("size = 2", "sizes = 2"),
}


@pytest.mark.parametrize("change", SAME)
def test_what_cannot_change_a_number_does_not_count(change):
    old, new = SAME[change]
    assert old in SOURCE
    changed = SOURCE.replace(old, new)
    ast.parse(changed)
    assert normalise(changed) == normalise(SOURCE)


@pytest.mark.parametrize("change", OTHER)
def test_what_can_change_a_number_counts(change):
    old, new = OTHER[change]
    assert SOURCE.count(old) == 1
    assert normalise(SOURCE.replace(old, new)) != normalise(SOURCE)


def test_indentation_counts():
    assert normalise("for i in x:\n    a()\n    b()\n") != normalise("for i in x:\n    a()\nb()\n")


def test_the_normal_form_is_text_that_no_version_of_python_shapes():
    # Golden: the digest in every archived sidecar rests on it.
    assert normalise('"""Doc."""\nx = [1,  # one\n     2]\n\n\ndef f(): return "#" # c\n') == (
        'x = [1,\n     2]\ndef f(): return "#"\n'
    )


def test_broken_source_is_named():
    with pytest.raises(ValueError, match="here, line 1: not valid Python"):
        normalise("def", "here")


def test_one_constant_in_an_imported_module_changes_the_study(checkout):
    study = checkout.experiments.STEADY
    before = study_fingerprint(study)
    assert list(before.modules) == ["toys", "toys.experiments", "toys.numerics"]
    checkout.edit("# the constant that tests change", "# a constant")
    checkout.edit('"""Arithmetic."""', '"""Sums."""')
    assert study_fingerprint(study) == before
    checkout.edit("FACTOR = 3.0", "FACTOR = 3.5")
    after = study_fingerprint(study)
    assert after.value != before.value
    assert {name for name in after.modules if after.modules[name] != before.modules[name]} == {
        "toys.numerics"
    }


def test_a_fingerprint_of_a_closure(checkout):
    closure = import_closure(["toys.experiments"], checkout.lib)
    before = fingerprint(closure)
    assert before == fingerprint(dict(reversed(closure.items())))
    checkout.edit("(seed + 7)", "(seed + 8)")
    assert fingerprint(closure) != before


def test_tables_that_a_study_reads_count(archived):
    study = archived.experiments.READER
    before = study_fingerprint(study)
    table = archived.root / "results" / "toys" / "steady.csv"
    table.write_bytes(table.read_bytes() + b"\n")
    after = study_fingerprint(study)
    assert (after.modules, after.value == before.value) == (before.modules, False)


def test_a_table_that_is_not_there_yet_says_how_to_make_it(checkout):
    with pytest.raises(FileNotFoundError, match="run `make run STUDY=toys/steady` first"):
        study_fingerprint(checkout.experiments.READER)
