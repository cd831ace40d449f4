"""Mistakes in what a diagnosis says."""

from . import mistakes_in

TEST = "tests/diagnosis/test_sentences.py"
MISTAKES = (
    *mistakes_in(
        "derivations/diagnosis/wording/sentences.py",
        TEST,
        (
            "a sentence begins small",
            'f"{_capital(what.en)}.{more.en}"',
            'f"{what.en}.{more.en}"',
            "test_sentences_are_well_written",
        ),
        (
            "a mistake in one place is told as two",
            'ONLY_IN = ("only in rows", "only in columns")',
            "ONLY_IN = ()",
            "test_a_mistake_in_one_place_is_one_mistake",
        ),
        (
            "brackets stand within brackets",
            'r"，即\\1，"',
            'r"（\\1）"',
            "test_sentences_are_well_written",
        ),
        (
            "why data fit other mistakes is not told",
            "if why := alike(",
            "if why := not alike(",
            "test_what_else_explains_the_numbers_is_told_with_the_sizes_that_are_the_same",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/wording/amounts.py",
        TEST,
        (
            "a ratio near 1 is told as 1",
            "elif 0 < abs(abs(value) - 1) < 0.01:",
            "elif not value:",
            "test_a_ratio_has_as_many_digits_as_tell",
        ),
        (
            "a hyphen stands for a minus",
            'return shown.replace("-", "−")',
            "return shown",
            "test_sentences_are_well_written",
        ),
        (
            "a ratio is told as it was measured, though it is known",
            "values = [_value(details[part], whole) for part in parts]",
            "values = [_value(details[part], {}) for part in parts]",
            "test_how_many_times_too_much_is_told",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/wording/clauses.py",
        TEST,
        (
            "beside another mistake the rest is called right",
            "if alone and mistake.key in PLACES:",
            "if mistake.key in PLACES:",
            "test_of_two_mistakes_neither_says_that_the_rest_is_right",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/wording/places.py",
        TEST,
        (
            "commas of English stand in Chinese",
            'replace(", ", "、")',
            'replace(", ", ", ")',
            "test_a_mistake_in_one_place_is_one_mistake",
        ),
    ),
)
