"""Mistakes in printed code: what overflows, what is left out, and what is overwritten."""

from . import mistakes_in

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
