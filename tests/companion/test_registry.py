"""Studies are found by name."""

import pytest

from companion.registry import all_studies, find_study


def test_every_study_of_a_package_is_found(checkout):
    names = ["toys/raw", "toys/reader", "toys/steady", "toys/troubled"]
    assert [study.name for study in all_studies("toys")] == names
    assert find_study("toys/steady", "toys") is checkout.experiments.STEADY


def test_an_unknown_name_lists_what_is_close(checkout):
    with pytest.raises(
        LookupError, match=r"no study 'toys/stedy'; did you mean toys/steady\?.*toys/troubled"
    ):
        find_study("toys/stedy", "toys")
    with pytest.raises(LookupError, match=r"did you mean toys/raw\?"):
        find_study("raw", "toys")
    with pytest.raises(LookupError, match=r"no study 'x'\. The studies are: toys/raw"):
        find_study("x", "toys")


def test_a_study_imported_elsewhere_is_not_found_twice(checkout):
    (checkout.lib / "toys" / "again.py").write_text("from toys.experiments import STEADY\n")
    assert len(all_studies("toys")) == 4


def test_two_studies_of_one_name_are_an_error(checkout):
    code = "import dataclasses\nfrom toys.experiments import STEADY\nTWIN = dataclasses.replace(STEADY)\n"
    (checkout.lib / "toys" / "again.py").write_text(code)
    with pytest.raises(ValueError, match=r"two studies are called 'toys/steady', in toys\.again and in"):
        all_studies("toys")


def test_the_real_studies_are_sound():
    for study in all_studies():
        assert study.cell_list("quick")
        assert study.cell_list("paper")
