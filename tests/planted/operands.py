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
            "each.name for each in setup.loss.operands if each.name in setup.wrt and each.name != TARGETS",
            "each.name for each in () if each.is_real and each.name != TARGETS",
            "test_a_kernel_is_given_every_operand",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/checks/labels.py",
        TEST,
        (
            "in lists of class labels any negative number ends a row",
            "(labels < -1) |",
            "(labels < -2) |",
            "test_lists_of_class_labels_end_at_the_first_minus_one",
        ),
        (
            "lists of class labels may have another shape than the outputs",
            "if labels.dtype != torch.int64 or labels.shape != shape:",
            "if labels.dtype != torch.int64:",
            "test_lists_of_class_labels_end_at_the_first_minus_one",
        ),
        (
            "lists of class labels may have any dtype",
            "if labels.dtype != torch.int64 or labels.shape != shape:",
            "if labels.shape != shape:",
            "test_lists_of_class_labels_end_at_the_first_minus_one",
        ),
    ),
    *mistakes_in(
        "derivations/losses/declared.py",
        TEST,
        (
            "lists of class labels have a gradient",
            ", Values.BITS, Values.CLASS_SETS)",
            ", Values.BITS)",
            "test_lists_of_class_labels_end_at_the_first_minus_one",
        ),
    ),
    *mistakes_in(
        "derivations/losses/declared.py",
        "tests/torch_bridge/criteria/test_read.py",
        (
            "a margin of 0 is left out of a formula that always has it",
            "        if self.always:\n            return True\n        if isinstance",
            "        if isinstance",
            "test_values_are_read_of_the_options_that_the_formula_has",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/checks/options.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "a weight may have more dimensions than the outputs",
            "return torch.broadcast_shapes(value.shape, common) == common",
            "return bool(torch.broadcast_shapes(value.shape, common))",
            "test_what_torch_refuses_is_refused_with_a_sentence",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/draws.py",
        "tests/torch_bridge/criteria/test_draws.py",
        (
            "counts are drawn as bits",
            "most = 2 if values is Values.BITS else COUNTS",
            "most = 2",
            "test_each_of_a_few_numbers_is_drawn_and_no_other",
        ),
        (
            "every sign is drawn as 1",
            '2 * torch.randint(2, size, generator=generator, device="cpu") - 1',
            '0 * torch.randint(2, size, generator=generator, device="cpu") + 1',
            "test_each_of_a_few_numbers_is_drawn_and_no_other",
        ),
        (
            "positive numbers are drawn with either sign",
            "return 0.5 + torch.rand",
            "return 0.5 - torch.rand",
            "test_numbers_are_spread_over_what_they_may_be",
        ),
        (
            "probabilities are drawn along the rows",
            "return torch.softmax(real, axis)",
            "return torch.softmax(real, 0)",
            "test_probabilities_add_up_along_the_classes",
        ),
        (
            "log-probabilities are drawn along the rows",
            "return torch.log_softmax(real, axis)",
            "return torch.log_softmax(real, 0)",
            "test_probabilities_add_up_along_the_classes",
        ),
        (
            "sets of classes are drawn full",
            "torch.where(place < held, order, -1)",
            "order",
            "test_sets_of_classes_are_of_every_size_and_name_none_twice",
        ),
        (
            "sets of classes are drawn with one class several times",
            "torch.where(place < held, order, -1)",
            "torch.where(place < held, 0 * order, -1)",
            "test_sets_of_classes_are_of_every_size_and_name_none_twice",
        ),
    ),
)
