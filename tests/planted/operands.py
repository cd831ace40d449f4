"""Mistakes in how a criterion is called with several arrays, in their gradients, and in what is said of corners."""

from . import mistakes_in

TEST = "tests/torch_bridge/batch/test_operands.py"
BRIDGE = "derivations/torch_bridge"

MISTAKES = (
    *mistakes_in(
        f"{BRIDGE}/certificates/rows.py",
        TEST,
        (
            "entries at a corner are not counted",
            "corners=0 if limit.open is None else int((limit.open > 0).sum()),",
            "corners=0,",
            "test_entries_at_a_corner_are_counted_and_take_torch_s_choice",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/accounts/exact_values.py",
        TEST,
        (
            "an exact value at a corner is any piece's",
            "if at_corners is not None and evaluate.undecided:",
            "if False:",
            "test_entries_at_a_corner_are_counted_and_take_torch_s_choice",
        ),
        (
            "an exact value of what was broadcast is one entry's",
            "partial, stated = (sum_over(each, *summed) for each in (partial, stated))",
            "pass",
            "test_a_variance_may_be_of_each_row_or_have_a_size_of_one",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/arrays.py",
        TEST,
        (
            "class labels behind −1 count",
            "counted = (labels >= 0).long().cumprod(axis)",
            "counted = (labels >= 0).long()",
            "test_lists_of_class_labels_end_at_the_first_minus_one",
        ),
        (
            "a sum over rows that were broadcast counts no additions",
            "return self.common.numel() // max(self.shape_in_loss(wrt).numel(), 1)",
            "return 1",
            "test_a_variance_may_be_of_each_row_or_have_a_size_of_one",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/gaussian_nll.py",
        TEST,
        (
            "variances may be negative",
            "if bool((operands[VAR] < 0).any()):",
            "if False:",
            "test_what_torch_would_refuse_gets_a_sentence",
        ),
        (
            "variances below eps are not named",
            "        if clamped:",
            "        if False:",
            "test_below_eps_the_gradient_is_torch_s_and_said_so",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/function.py",
        TEST,
        (
            "signs that ask for a gradient get none in silence",
            "for name, value in {**discrete, **options}.items():",
            "for name, value in options.items():",
            "test_signs_have_no_gradient",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/testing/returned.py",
        TEST,
        (
            "a function's gradient in a variance is not looked at",
            "each.name for each in setup.loss.operands if each.is_real and each.name != TARGETS",
            "each.name for each in () if each.is_real and each.name != TARGETS",
            "test_a_kernel_is_given_every_operand",
        ),
    ),
)
