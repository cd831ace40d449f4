"""Mistakes in how accounts of a step look, in drawings of graphs, and in what is printed of operations."""

from . import mistakes_in

GRAPH = "tests/torch_bridge/graph/test_graph.py"

MISTAKES = (
    *mistakes_in(
        "derivations/display/checks.py",
        "tests/display/test_account.py",
        (
            "a node that disagrees gets a tick",
            'return UNCHECKED if status == "unknown" else OTHERS[verdict]',
            'return AGREEING["derived"]',
            "test_what_is_wrong_is_open_and_said",
        ),
        (
            "a node checked by differences alone looks derived",
            "return AGREEING[status]",
            'return AGREEING["derived"]',
            "test_what_is_wrong_is_open_and_said",
        ),
    ),
    *mistakes_in(
        "derivations/display/account.py",
        "tests/display/test_account.py",
        (
            "an account that disagrees says that it agrees",
            'return f"{FEET[account.verdict][lang]}',
            'return f"{FEET[AGREES][lang]}',
            "test_what_is_wrong_is_open_and_said",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/auditing/graphs.py",
        "tests/figures/test_figures.py",
        (
            "a drawing shows what arrived for what was handed on",
            "tuple(map(_seen, visit.handed))",
            "tuple(map(_seen, visit.arrived))",
            "test_an_account_is_drawn_with_the_numbers_of_the_step",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/graph/described.py",
        GRAPH,
        (
            "a number that is not whole is cut off where it is printed",
            "for letter, value in known.items() if value == int(value)}",
            "for letter, value in known.items()}",
            "test_numbers_that_are_not_whole_stay_letters_and_are_said",
        ),
        (
            "a loss forgets its weight where it is printed",
            "if letter in operation.meanings and not _has(function, name)",
            "if letter in operation.meanings",
            "test_what_nll_loss_says_is_true",
        ),
    ),
    *mistakes_in(
        "derivations/operations/written.py",
        GRAPH,
        (
            "an axis that is left out is left under its sum",
            "limits = [limit for limit in expr.limits if limit[0] not in self.without]",
            "limits = [*expr.limits]",
            "test_formulas_and_shares_are_true",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/matrices/plain.py",
        "tests/index_calculus/matrices/test_matrix.py",
        (
            "a scaled sum has no brackets in plain text",
            'inner = f"({_matrix(of)})" if isinstance(of, Plus | Scale) else _matrix(of)',
            "inner = _matrix(of)",
            "test_matrix_forms_as_plain_text",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/matrices/latex.py",
        "tests/index_calculus/matrices/test_matrix.py",
        (
            "a scaled sum of vectors has no brackets",
            "return _scaled(coefficient, _factor(of))",
            "return _scaled(coefficient, _matrix(of))",
            "test_recognised_judged_and_printed",
        ),
    ),
)
