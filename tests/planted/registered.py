"""Mistakes in what is asked of a criterion before it is one, and in what follows from it."""

from . import mistakes_in

NEW = "tests/test_new_loss.py"
LEDGER = "tests/test_ledger.py"

MISTAKES = (
    *mistakes_in(
        "derivations/losses/registry.py",
        NEW,
        (
            "a letter may be a size",
            "    if letter in taken:",
            "    if False:",
            "test_letters_that_collide_are_refused",
        ),
        (
            "a letter may be the incoming vector",
            "    if OTHERS.get(letter, name) != name:",
            "    if False:",
            "test_letters_that_collide_are_refused",
        ),
        (
            "a letter may have two meanings",
            "        if other == letter and meaning != name:",
            "        if False:",
            "test_two_options_of_one_loss_have_two_letters",
        ),
        (
            "letters stay behind",
            "        del _REGISTERED[kind.torch_name]\n        _name_letters()",
            "        del _REGISTERED[kind.torch_name]",
            "test_it_leaves_no_trace",
        ),
        (
            "any family is one",
            "    if kind.family not in FAMILIES:",
            "    if False:",
            "test_a_family_that_is_none_is_refused",
        ),
    ),
    *mistakes_in(
        "derivations/losses/declared.py",
        NEW,
        (
            "a formula may lose a letter that it always has",
            "        if given is None or given is False:",
            "        if False:",
            "test_its_options_are_read_off_and_checked",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/base.py",
        NEW,
        (
            "an option of torch may be anything",
            "        if not option.kind.takes(value):",
            "        if False:",
            "test_its_options_are_read_off_and_checked",
        ),
        (
            "any reduction is one",
            '        if values["reduction"] not in self.loss.reductions:',
            "        if False:",
            "test_its_options_are_read_off_and_checked",
        ),
    ),
    *mistakes_in(
        "derivations/criteria.py",
        LEDGER,
        (
            "a function has entries that the module has",
            "if any(chosen[option.name] != option.default for option in options if option not in own):",
            "if True:",
            "test_it_has_every_combination_of_options",
        ),
        (
            "what torch refuses together is an entry",
            "        except ValueError:\n            return False",
            "        except ValueError:\n            return True",
            "test_it_has_every_combination_of_options",
        ),
    ),
)
