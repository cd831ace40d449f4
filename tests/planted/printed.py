"""Mistakes in printed code: what overflows, and what is left out."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "derivations/closed_form/emit.py",
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
            "numpy's sigmoid overflows",
            'sigmoid="np.exp(-np.logaddexp(0, -{0}))"',
            'sigmoid="1 / (1 + np.exp(-{0}))"',
            "test_printed_code_does_not_overflow",
        ),
        (
            "numpy's log σ overflows",
            'log_sigmoid="-np.logaddexp(0, -{0})"',
            'log_sigmoid="-np.log(1 + np.exp(-{0}))"',
            "test_printed_code_does_not_overflow",
        ),
        (
            "torch's softmax without its shift",
            'softmax="torch.softmax({0}, 1)",\n        log',
            'softmax="(torch.exp({0}) / torch.exp({0}).sum(1, keepdim=True))",\n        log',
            "test_printed_code_does_not_overflow",
        ),
        (
            "torch's log softmax by way of softmax",
            'log_softmax="torch.log_softmax({0}, 1)"',
            'log_softmax="torch.log(torch.softmax({0}, 1))"',
            "test_printed_code_does_not_overflow",
        ),
        (
            "torch's log σ by way of σ",
            'log_sigmoid="torch.nn.functional.logsigmoid({0})"',
            'log_sigmoid="torch.log(torch.sigmoid({0}))"',
            "test_printed_code_does_not_overflow",
        ),
        (
            "printed torch code ignores no label",
            'kept="({labels} != {ignored}).to({like}.dtype)"',
            'kept="({labels} == {labels}).to({like}.dtype)"',
            "test_printed_code_leaves_out_what_is_ignored",
        ),
        (
            "printed numpy code ignores no label",
            'kept="({labels} != {ignored}).astype({like}.dtype)"',
            'kept="({labels} == {labels}).astype({like}.dtype)"',
            "test_printed_code_leaves_out_what_is_ignored",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/program.py",
        "tests/test_closed_form.py",
        (
            "logarithms take the detour over probabilities",
            "if isinstance(assigned.get(name), Softmax | Sigmoid):",
            "if False:",
            "test_printed_code_does_not_overflow",
        ),
        (
            "an ignored label picks a class",
            "{where}({node.labels} != {NAMES[node.ignored]}, {node.labels}, 0)",
            "{node.labels}",
            "test_printed_code_leaves_out_what_is_ignored",
        ),
        (
            "printed code divides by 0 where every label is ignored",
            'f"S = {where}(mu.any(), S, 1)"',
            '"S = S"',
            "test_printed_code_leaves_out_what_is_ignored",
        ),
    ),
)
