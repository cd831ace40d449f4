"""What margins, cosines, distances and written losses could say wrongly of torch."""

from . import mistakes_in

EDGES = "tests/torch_bridge/test_atlas_edges_of_margins.py"

MISTAKES = (
    *mistakes_in(
        "derivations/losses/cosine_embedding.py",
        EDGES,
        (
            "cosines add 1e-12 itself",
            "Rational(2305843, 2**61)",
            "Rational(1, 10**12)",
            "test_cosines_have_the_small_number_that_torch_adds",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/plan.py",
        EDGES,
        (
            "constants are multiplied out",
            " if is_number(each) and not _is_fraction(each.right)}",
            " if is_number(each)}",
            "test_code_keeps_a_small_number_as_a_letter",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/order.py",
        EDGES,
        (
            "a constant stands before what is subtracted",
            "if len(found) == 3 and [",
            "if False and [",
            "test_equal_rows_that_are_large_keep_their_small_number",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/functions.py",
        EDGES,
        (
            "nothing overflows before a root",
            "(x.abs() > torch.finfo(precision.dtype).max) & x.isfinite()",
            "x.isnan()",
            "test_where_squares_overflow_or_vanish_nothing_is_said_against_torch",
        ),
        (
            "log-sum-exp is not rounded",
            "    if stored:\n",
            "    if False:\n",
            "test_torch_hands_on_what_it_has_rounded_of_log_sum_exp",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/rows.py",
        EDGES,
        (
            "nan is wrong where anything may come out",
            "same = same | (anything & ~finite)",
            "same = same | False",
            "test_where_squares_overflow_or_vanish_nothing_is_said_against_torch",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/bounds.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "an infinity that was given allows for nan",
            "Bound.of(off, jumps, batch.is_finite)",
            "Bound.of(off, jumps)",
            "test_what_torch_makes_of_it_is_not_reproduced_but_named",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/forms.py",
        EDGES,
        (
            "what torch adds up itself has the bound of the formula",
            "if wrt in loss.composed:",
            "if False:",
            "test_targets_of_a_sum_that_cancels_are_within_their_bound",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/held.py",
        EDGES,
        (
            "signs may be any numbers",
            "if others.numel():",
            "if False:",
            "test_what_would_be_another_loss_is_refused",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/checks/labels.py",
        EDGES,
        (
            "a class may be named twice",
            "if bool((twice >= 0).any()):",
            "if False:",
            "test_what_would_be_another_loss_is_refused",
        ),
        (
            "labels of −100 are ignored by all",
            "labels[labels != ignored] if may_ignore else labels",
            "labels[labels != ignored]",
            "test_what_would_be_another_loss_is_refused",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/precision.py",
        EDGES,
        (
            "0 times what may be infinite is no error",
            "off.isnan() & mass.isfinite()",
            "off.isposinf()",
            "test_where_squares_overflow_or_vanish_nothing_is_said_against_torch",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/soft_margin.py",
        EDGES,
        (
            "the logistic loss overflows nowhere",
            "return _overflows(rows)",
            "return None",
            "test_an_overflow_of_torchs_is_said_and_not_held_against_it",
        ),
    ),
)
