"""Mistakes in what is asked of a criterion before it is one, and in what follows from it."""

from . import mistakes_in

NEW = "tests/test_new_loss.py"
LEDGER = "tests/test_ledger.py"
EDGES = "tests/torch_bridge/testing/test_atlas_edges_of_likelihoods.py"

MISTAKES = (
    *mistakes_in(
        "derivations/closed_form/plan.py",
        "tests/torch_bridge/test_given_outputs.py",
        (
            "outputs that are given are computed of logits",
            "context if activated else context.without(outputs)",
            "context",
            "test_every_gradient_is_one_of_the_outputs_as_they_are",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/forms.py",
        "tests/torch_bridge/test_given_outputs.py",
        (
            "outputs that are given have the bound of computed ones",
            "derivation.context if activated else derivation.context.without(letter_of(of))",
            "derivation.context",
            "test_every_gradient_is_one_of_the_outputs_as_they_are",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/matrices/recognise.py",
        "tests/index_calculus/matrices/test_matrix.py",
        (
            "a label picks of an array with more indices than a matrix",
            " and label.indices == own[:1] == own",
            " and label.indices == own[:1]",
            "test_no_matrix_form_is_said",
        ),
    ),
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
            "who has a criterion's name takes it out",
            "    if _REGISTERED.get(kind.torch_name) is kind:",
            "    if kind.torch_name in _REGISTERED:",
            "test_it_leaves_no_trace",
        ),
        (
            "letters of the usual kind of targets alone are looked at",
            "[{TARGETS: each} for each in kind.kinds_of_targets] or [{}]",
            "[{}]",
            "test_letters_of_every_kind_of_targets_are_looked_at",
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
            "        if not option.kind.takes(value) or (option.always and value is None):",
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
    *mistakes_in(
        "derivations/closed_form/plan.py",
        EDGES,
        (
            "what is given as probabilities is activated once more",
            "context if activated else context.without(outputs)",
            "context",
            "test_what_an_activation_made_is_taken_as_it_is_given",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/rows.py",
        EDGES,
        (
            "where torch computes something else, it is said to be wrong",
            "same, finite = same | unlike, finite & ~unlike",
            "pass",
            "test_where_torch_computes_something_else_nothing_is_compared_and_a_note_says_so",
        ),
        (
            "one entry that torch computes otherwise excuses all",
            "same, finite = same | unlike, finite & ~unlike",
            "same, finite = torch.ones_like(same), finite & ~unlike",
            "test_a_mistake_beside_such_an_entry_is_still_seen",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/precision.py",
        EDGES,
        (
            "a negative power does not underflow",
            "(self.power(first, exponent), last))",
            "(self.power(first, exponent),))",
            "test_a_variance_whose_square_underflows_is_within_the_bound",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/kl_div.py",
        EDGES,
        (
            "batchmean divides by rows",
            "loss.reduction != BATCH_MEAN or samples == common[:-1].numel()",
            "True",
            "test_batchmean_divides_by_the_first_size_as_torch_does",
        ),
    ),
)
