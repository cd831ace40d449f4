"""Mistakes in formulas over named axes, in what they may be off, and in derivations as data."""

from . import mistakes_in

NAMED, DATA = "tests/torch_bridge/rounding/test_named_axes.py", "tests/data/test_derivations_as_data.py"
WITHIN = "test_whatever_a_machine_computes_stays_within_the_bound"
CORNER = "test_at_a_corner_either_side_is_within_the_bound_and_elsewhere_neither_is_open"

BOUNDS = mistakes_in(
    "derivations/torch_bridge/rounding/named_axes.py",
    NAMED,
    (
        "a sum over named axes is rounded once, however long it is",
        "roundings = inner * max(count - 1, 0) + products",
        "roundings = products",
        "test_a_long_sum_is_counted_with_its_length",
    ),
    (
        "the error of one factor of a sum of products is left out",
        "*[precision.read(each.off) for each in arrays])",
        "*[Rounded(each.off.mass) for each in arrays])",
        WITHIN,
    ),
    (
        "every product of a sum is rounded a hundred times",
        "roundings = inner * max(count - 1, 0) + products",
        "roundings = inner * max(count - 1, 0) + 100 * products",
        "test_gradients_are_those_of_the_exact_evaluator",
    ),
    (
        "sums of more than one term are not rounded",
        "rounded = [self._added(each.off, total - each.terms) for each in terms]",
        "rounded = [each.off for each in terms]",
        WITHIN,
    ),
)
CORNERS = mistakes_in(
    "derivations/torch_bridge/rounding/named_functions.py",
    NAMED,
    (
        "a step near its corner is decided",
        "error = is_open.double() * ((high - low) / precision.u)",
        "error = 0 * is_open.double()",
        CORNER,
    ),
    (
        "every step is open",
        "on, doubled = functions.TENSORS, 2 * functions",
        "on, doubled = functions.TENSORS, 100 + functions",
        CORNER,
    ),
)
READ = mistakes_in(
    "derivations/closed_form/named_axes/reading.py",
    NAMED,
    (
        "a softmax is taken along the wrong axis",
        'factors.append(OfRows("softmax", self(argument), axis.name))',
        'factors.append(OfRows("softmax", self(argument), min(each.name for each in free_indices(argument) - {axis})))',
        "test_gradients_are_those_of_the_exact_evaluator",
    ),
)
TREES = mistakes_in(
    "derivations/data/trees.py",
    DATA,
    (
        "of several limits the innermost is written first",
        "for limit in reversed(expr.limits))]",
        "for limit in expr.limits)]",
        "test_trees_are_read_back_as_the_expressions_they_were",
    ),
)
DOCUMENTS = mistakes_in(
    "derivations/data/documents.py",
    DATA,
    (
        "facts are left out of the data of a line",
        "for micro in step.micros for fact in micro.facts)\n    show",
        "for micro in step.micros for fact in micro.facts[:0])\n    show",
        "test_facts_are_among_the_data",
    ),
)
MISTAKES = (*BOUNDS, *CORNERS, *READ, *TREES, *DOCUMENTS)
