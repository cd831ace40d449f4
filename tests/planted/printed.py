"""Mistakes in printed code: what overflows, what is left out, and what is overwritten."""

from . import mistakes_in

PLANS, WRITERS = "tests/test_plans.py", "tests/test_writers.py"
MENTIONED = "test_what_is_used_and_assigned_is_what_the_text_mentions"

MISTAKES = (
    *mistakes_in(
        "derivations/closed_form/writers/numpy.py",
        "tests/test_closed_form.py",
        (
            "numpy's softmax without its shift",
            "E = np.exp(Z - Z.max(1, keepdims=True))",
            "E = np.exp(Z)",
            "test_printed_code_does_not_overflow",
        ),
        (
            "numpy's log softmax without its shift",
            "Z = Z - Z.max(1, keepdims=True)  #",
            "Z = Z - 0  #",
            "test_printed_code_does_not_overflow",
        ),
        (
            "numpy's softmax is shifted by its smallest entry",
            "E = np.exp(Z - Z.max(1, keepdims=True))",
            "E = np.exp(Z - Z.min(1, keepdims=True))",
            "test_printed_code_does_not_overflow",
        ),
        (
            "numpy's log Σ e^x without its shift",
            "largest = Z.max(1)  #",
            "largest = 0 * Z.max(1)  #",
            "test_log_sum_exp_does_not_overflow",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/functions/smooth.py",
        "tests/test_closed_form.py",
        (
            "numpy's sigmoid overflows",
            'numpy=Code("np.exp(-np.logaddexp(0, -{0}))", atom=True)',
            'numpy=Code("1 / (1 + np.exp(-{0}))", atom=True)',
            "test_printed_code_does_not_overflow",
        ),
        (
            "numpy's log σ overflows",
            'numpy=Code("-np.logaddexp(0, -{0})"',
            'numpy=Code("-np.log(1 + np.exp(-{0}))"',
            "test_printed_code_does_not_overflow",
        ),
        (
            "torch's log σ by way of σ",
            'torch=Code("torch.nn.functional.logsigmoid({0})")',
            'torch=Code("torch.log(torch.sigmoid({0}))")',
            "test_printed_code_does_not_overflow",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/writers/torch.py",
        "tests/test_closed_form.py",
        (
            "torch's softmax without its shift",
            'Code(self.call("softmax", self(of).text, "1"))',
            'Code(f"(torch.exp({self(of).text}) / torch.exp({self(of).text}).sum(1, keepdim=True))")',
            "test_printed_code_does_not_overflow",
        ),
        (
            "torch's log softmax by way of softmax",
            'self.call("log_softmax", self(of).text, "1")',
            'self.call("log", self.softmax(of).text)',
            "test_printed_code_does_not_overflow",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/writers/torch.py",
        "tests/torch_bridge/accounts/test_reuse.py",
        (
            "a difference in place is turned around",
            '"{self(first).text}.sub_({self(second).text})"',
            '"{self(second).text}.sub_({self(first).text})"',
            "test_the_numbers_are_the_same",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/writers/python.py",
        "tests/test_closed_form.py",
        (
            "printed code ignores no label",
            '"({labels} != {self.label(ignored)})"',
            '"({labels} == {labels})"',
            "test_printed_code_leaves_out_what_is_ignored",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/writers/functions.py",
        "tests/test_closed_form.py",
        (
            "an ignored label picks a class",
            "{writer.where(f'{labels} != {writer.label(ignored)}', labels, '0')}",
            "{labels}",
            "test_printed_code_leaves_out_what_is_ignored",
        ),
        (
            "printed code divides by 0 where every label is ignored",
            "{writer.where(f'{mask}.any()', name, '1')}",
            "{name}",
            "test_printed_code_leaves_out_what_is_ignored",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/passes.py",
        "tests/test_closed_form.py",
        (
            "logarithms take the detour over probabilities",
            "if isinstance(assigned.get(name), Softmax | Sigmoid):",
            "if False:",
            "test_printed_code_does_not_overflow",
        ),
        (
            "log Σ e^x takes the detour over e^x",
            'case Elementwise(MatMul(Elementwise(of, "exp"), Ones() as ones), "log"):',
            'case Elementwise(MatMul(Elementwise(of, "exp"), Ones() as ones), "log") if False:',
            "test_log_sum_exp_does_not_overflow",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/passes.py",
        PLANS,
        (
            "inside of log Σ e^x a logarithm takes the detour",
            'Elementwise(_stable(of, assigned), "exp")',
            'Elementwise(of, "exp")',
            "test_a_logarithm_inside_of_log_sum_exp_takes_no_detour",
        ),
        (
            "a factor becomes 1 where nothing counts",
            "and Symbol(name) in below and",
            "and",
            "test_a_number_is_1_where_nothing_counts_if_something_is_divided_by_it",
        ),
        (
            "an array becomes 1 where nothing counts",
            "if node.shape == () and Symbol",
            "if Symbol",
            "test_a_number_is_1_where_nothing_counts_if_something_is_divided_by_it",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/plan.py",
        PLANS,
        (
            "labels that pick are not looked at",
            "OneHot | Gather | Counted | Pick)",
            "OneHot | Counted)",
            "test_labels_are_looked_at_whatever_they_pick",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/plan.py",
        "tests/test_closed_form.py",
        (
            "a divisor that is 1 has a line",
            "step.expr.xreplace(numbers)",
            "step.expr",
            "test_a_divisor_that_is_1_has_no_line",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/taken.py",
        WRITERS,
        (
            "a gradient in logits has the shape of the targets",
            "wrt in (OUTPUTS, LOGITS)",
            "wrt == OUTPUTS",
            "test_a_gradient_in_logits_has_their_shape",
        ),
        (
            "probabilities that are given are compared with themselves",
            '("G", "X", "W", "Z", "Q", "sigma")',
            '("G", "X", "W", "Z", "Q")',
            "test_outputs_that_are_given_have_the_shape_that_others_must_have",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/uses.py",
        PLANS,
        (
            "what is added up in a coefficient is not looked at",
            "found = found.union(*(names_in(total) for total in _sums_in(part)))",
            "pass",
            "test_what_is_added_up_in_a_coefficient_has_its_shape_looked_at",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/uses.py",
        WRITERS,
        (
            "labels that are masked are what they were",
            "        case MaskLabels(labels):\n            return {labels}",
            "        case MaskLabels(labels):\n            return set()",
            MENTIONED,
        ),
        (
            "a step needs no array for its dtype",
            "case Elementwise(_, name) if _takes_dtype(name):",
            "case Elementwise(_, name) if False:",
            MENTIONED,
        ),
        (
            "a divisor needs no mask",
            "return Counter([name, mask])",
            "return Counter([name])",
            MENTIONED,
        ),
        (
            "a shape needs no matrix for its rows",
            "return _used_in(of, function) + Counter([matrix])",
            "return _used_in(of, function)",
            MENTIONED,
        ),
        (
            "the label that is ignored is not needed",
            "Counter([labels] if function.ignored is not None else [labels, ignored])",
            "Counter([labels])",
            MENTIONED,
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/reuse.py",
        "tests/torch_bridge/accounts/test_reuse.py",
        (
            "what is needed in the next line is deleted",
            "uses[place + 1 :]",
            "uses[place + 2 :]",
            "test_the_numbers_are_the_same",
        ),
        (
            "an array by another name is overwritten",
            "for name in last - shared if",
            "for name in last if",
            "test_what_is_given_by_another_name_is_not_overwritten",
        ),
    ),
)
