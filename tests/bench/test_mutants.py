"""The mutants are of this code: each one's text stands where it says, and its tests exist."""

from bench.mutants import MUTANTS, ROOT


def test_every_mutant_finds_its_text_exactly_once():
    stale = [one.name for one in MUTANTS if (ROOT / one.file).read_text().count(one.old) != 1]

    assert stale == []


def test_every_mutant_names_tests_that_exist():
    assert [test for one in MUTANTS for test in one.tests if not (ROOT / test).exists()] == []
