"""Mistakes in matrix forms, in what optimizers and losses are, and in what is refused of them."""

from . import mistakes_in

CALCULUS, TESTS = "derivations/index_calculus", "tests/index_calculus"

MATRIX = (
    *mistakes_in(
        f"{CALCULUS}/matrices/recognise.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "three matrices that meet are a product of two",
            "if len(away) > 2:",
            "if len(away) > 9:",
            "test_no_matrix_form_is_said",
        ),
        (
            "what has more than a row and a column is a matrix",
            "if beyond or len(indices) > 2:",
            "if len(indices) > 2:",
            "test_no_matrix_form_is_said",
        ),
        (
            "an entry picked by a label is taken for the array",
            "if entry.indices == own:",
            "if len(own) < 3:",
            "test_no_matrix_form_is_said",
        ),
        (
            "exp over any sum is a softmax",
            "size_of(each) == size_of(summed) and below.base.function == top.xreplace({each: summed})",
            "size_of(each) == size_of(summed)",
            "test_recognised_judged_and_printed",
        ),
        (
            "a matrix in a product is not transposed",
            "transpose(node) if first == index else node)",
            "node)",
            "test_recognised_judged_and_printed",
        ),
        (
            "an elementwise product forgets a transpose",
            "hadamard(other, transpose(node)))",
            "hadamard(other, node))",
            "test_recognised_judged_and_printed",
        ),
        (
            "a sum over what has no such index is not counted",
            "self.coefficient *= size_of(index)",
            "pass",
            "test_recognised_judged_and_printed",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/matrices/nodes.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "the entry of a transpose is that of the matrix",
            "return self.of.entry(at[::-1])",
            "return self.of.entry(at)",
            "test_recognised_judged_and_printed",
        ),
        (
            "a diagonal matrix is full",
            "return KroneckerDelta(*at) * self.of.entry(at[:1])",
            "return self.of.entry(at[:1])",
            "test_recognised_judged_and_printed",
        ),
        (
            "the rows that count are those that are ignored",
            "return 1 - KroneckerDelta(IndexedBase(self.labels)",
            "return KroneckerDelta(IndexedBase(self.labels)",
            "test_recognised_judged_and_printed",
        ),
    ),
)

OPTIMIZERS = (
    *mistakes_in(
        "derivations/optimizers/base.py",
        "tests/test_optimizers.py",
        (
            "what an optimizer's numbers must be is forgotten",
            "context.under(*(each for each in self.domain if names_in(each.left) <= used), *domain)",
            "context.under(*domain)",
            "test_from_which_step_and_for_which_numbers_the_update_holds",
        ),
        (
            "an induction's start is not shown",
            "lemmas=(at_start, *lemmas),",
            "lemmas=tuple(lemmas),",
            "test_an_induction_shows_its_claim_its_start_and_its_step",
        ),
        (
            "an induction supposes what it is to show",
            "[hypothesis(earlier, claim.at(earlier, {t}))]",
            "[hypothesis(claim.left, claim.right)]",
            "test_what_is_derived",
        ),
        (
            "maximizing minimizes",
            "signed = -g[t] if self.maximize else g[t]",
            "signed = g[t]",
            "test_what_is_derived",
        ),
        (
            "weight decay lets weights grow",
            "signed + decay * theta[t - 1] if",
            "signed - decay * theta[t - 1] if",
            "test_what_is_derived",
        ),
    ),
    *mistakes_in(
        "derivations/optimizers/sgd.py",
        "tests/test_optimizers.py",
        (
            "the update with momentum is claimed for the first step too",
            "return LATER if self.momentum else FIRST",
            "return FIRST",
            "test_from_which_step_and_for_which_numbers_the_update_holds",
        ),
        (
            "the first gradient is dampened",
            "first=2, initial=self.gradient[1])",
            "first=2, initial=kept.xreplace({t: Integer(1)}))",
            "test_what_is_derived",
        ),
    ),
)

LOSSES = (
    *mistakes_in(
        "derivations/losses/entries.py",
        "tests/test_losses.py",
        (
            "a mean over entries divides by the rows",
            "return self.layout.count * C",
            "return self.layout.count",
            "test_the_closed_form",
        ),
    ),
    *mistakes_in(
        "derivations/losses/base.py",
        "tests/test_losses.py",
        (
            "a mean divides by nothing",
            'return count if self.reduction == "mean" else Integer(1)',
            "return Integer(1)",
            "test_the_closed_form",
        ),
        (
            "a sum divides",
            'return count if self.reduction == "mean" else Integer(1)',
            "return count",
            "test_the_gradient_is_the_one_in_the_books",
        ),
        (
            "losses that are left apart forget the incoming vector",
            'return v[indices] if self.reduction == "none" else Integer(1)',
            "return Integer(1)",
            "test_the_gradient_is_the_one_in_the_books",
        ),
        (
            "any reduction is accepted",
            '        self.choose("reduction", self.reduction, self.reductions)\n',
            "        pass\n",
            "test_a_wrong_request_is_refused_with_a_sentence",
        ),
        (
            "a model without a bias has a gradient in it",
            "        if wrt == BIAS and not bias:",
            "        if False:",
            "test_a_wrong_request_is_refused_with_a_sentence",
        ),
        (
            "a gradient of a model without a bias is that of one with it",
            'if not (name == "bias" and with_bias)}',
            'if name != "bias"}',
            "test_a_model_without_a_bias_has_derivations_of_its_own",
        ),
    ),
    *mistakes_in(
        "derivations/losses/cross_entropy.py",
        "tests/test_losses.py",
        (
            "cross-entropy divides by what may be 0",
            'return context.under(Condition(S, "≠", Integer(0))) if vanishes else context',
            "return context",
            "test_the_domain_of_the_theorem",
        ),
        (
            "rows of probabilities may be ignored by their label",
            "if self.ignore_index and not self.by_index:",
            "if False:",
            "test_a_wrong_request_is_refused_with_a_sentence",
        ),
        (
            "rows that are ignored are counted",
            "return sum_over((mu[rows] if self.ignore_index else 1) * ",
            "return sum_over(Integer(1) * ",
            "test_the_gradient_is_the_one_in_the_books",
        ),
        (
            "rows that are ignored have a gradient",
            "counted = self.incoming(*rows) * (mu[rows] if self.ignore_index else 1)",
            "counted = self.incoming(*rows)",
            "test_the_gradient_is_the_one_in_the_books",
        ),
        (
            "what smoothing spreads is not weighted",
            "uniform = epsilon / C * weight",
            "uniform = epsilon / C",
            "test_the_gradient_is_the_one_in_the_books",
        ),
    ),
    *mistakes_in(
        "derivations/losses/bce.py",
        "tests/test_losses.py",
        (
            "pos_weight weighs what is not positive too",
            "* y * log(sigma[at]) + (1 - y) * log(1 - sigma[at])",
            "* (y * log(sigma[at]) + (1 - y) * log(1 - sigma[at]))",
            "test_the_closed_form",
        ),
    ),
    *mistakes_in(
        "derivations/losses/mse.py",
        "tests/test_losses.py",
        (
            "a weighted mean divides by the entries",
            "return sum_over(w[self.entry], *self.layout.rows, c) if self.weight else super().count()",
            "return super().count()",
            "test_the_gradient_is_the_one_in_the_books",
        ),
    ),
    *mistakes_in(
        "derivations/linear.py",
        "tests/test_losses.py",
        (
            "every model has a bias",
            "product + b[c] if bias else product)",
            "product + b[c])",
            "test_a_model_without_a_bias_has_derivations_of_its_own",
        ),
    ),
)

BUILT = (
    *mistakes_in(
        f"{CALCULUS}/functions/reading.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "the sigmoid of −Z is that of Z",
            'return "sigmoid", -sigmoid',
            'return "sigmoid", sigmoid',
            "test_recognised_judged_and_printed",
        ),
        (
            "1/(2 + e^−Z) is a sigmoid",
            "power = expr - 1",
            "power = expr - expr.args[0]",
            "test_recognised_judged_and_printed",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/matrices/build.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "a transposed product keeps its order",
            "return MatMul(transpose(node.right), transpose(node.left))",
            "return MatMul(transpose(node.left), transpose(node.right))",
            "test_recognised_judged_and_printed",
        ),
        (
            "u vᵀ transposed is itself",
            "return Outer(node.right, node.left)",
            "return node",
            "test_what_is_built_has_the_entries_it_says",
        ),
        (
            "square arrays are not transposed",
            "if isinstance(node, Diagonal | Identity) or len(node.shape) < 2:",
            "if isinstance(node, Diagonal | Identity) or len(set(node.shape)) < 2:",
            "test_what_is_built_has_the_entries_it_says",
        ),
        (
            "a mask is left out of a product",
            "kept = [factor for factor in parts if not isinstance(factor, Ones)]",
            "kept = [factor for factor in parts if not isinstance(factor, Ones | Counted)]",
            "test_what_is_built_has_the_entries_it_says",
        ),
        (
            "a matrix before a scaled one is not transposed",
            "return scale(right.coefficient, matmul(left, right.of))",
            "return scale(right.coefficient, matmul(left.of if isinstance(left, Transpose) else left, right.of))",
            "test_what_is_built_has_the_entries_it_says",
        ),
        (
            "a scaled matrix is not transposed",
            "    if isinstance(node, Scale):\n        return Scale(transpose(node.of), node.coefficient)",
            "    if isinstance(node, Scale):\n        return Scale(node.of, node.coefficient)",
            "test_what_is_built_has_the_entries_it_says",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/matrices/base.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "the sum of all entries is that of the diagonal",
            "found.append(fresh_place(size, found))",
            "found.append(fresh_place(size, ()))",
            "test_what_is_built_has_the_entries_it_says",
        ),
        (
            "the sum in a matrix product captures an index",
            "used = set().union(*(free_indices(place) for place in at))",
            "used = set()",
            "test_recognised_judged_and_printed",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/matrices/nodes.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "the entry that a label picks is that of the first class",
            "return self.of.entry((at[0], IndexedBase(self.labels)[at[0]]))",
            "return self.of.entry((at[0], Integer(1)))",
            "test_functions_of_entries_are_recognised_judged_and_printed",
        ),
        (
            "what is at most a number is at least that",
            "entry if self.high is None else sp.Min(self.high, entry)",
            "entry if self.high is None else sp.Max(self.high, entry)",
            "test_functions_of_entries_are_recognised_judged_and_printed",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/matrices/latex.py",
        f"{TESTS}/matrices/test_matrix.py",
        (
            "a step is printed the wrong way round",
            "above=_sum(above, numbers=True), below=_sum(below, numbers=True)",
            "above=_sum(below, numbers=True), below=_sum(above, numbers=True)",
            "test_functions_of_entries_are_recognised_judged_and_printed",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/matrices/recognise.py",
        "tests/index_calculus/matrices/test_matrix.py",
        (
            "exp over two sums is a softmax",
            "if not ratio or len(below.base.limits) != 1 or len(free_indices(top)) != 2:",
            "if not ratio or len(free_indices(top)) != 2:",
            "test_recognised_judged_and_printed",
        ),
        (
            "weights between two matrices are dropped",
            "left = matmul(left, Diagonal(weight)) if weight is not None else left",
            "left = left",
            "test_recognised_judged_and_printed",
        ),
        (
            "two sums over indices of one name are one",
            "expr = rename_apart(expr, used | set(self.summed))",
            "pass",
            "test_recognised_judged_and_printed",
        ),
        (
            "rows that count are those of any index",
            "label.indices != tuple(indices):",
            "False:",
            "test_no_matrix_form_is_said",
        ),
        (
            "a label compared with a fixed class is 1",
            'raise NoMatrixForm(f"{factor}: a label compared with a fixed class")',
            "return Ones(size_of(own[0]))",
            "test_no_matrix_form_is_said",
        ),
        (
            "a number beside a matrix is dropped",
            'raise NoMatrixForm(f"the sum over {index} is a number")',
            "pass",
            "test_no_matrix_form_is_said",
        ),
        (
            "a label with two indices picks an entry for each row",
            "label.indices == own[:1] == own",
            "label.indices == own",
            "test_no_matrix_form_is_said",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/matrices/nodes.py",
        "tests/index_calculus/matrices/test_matrix.py",
        (
            "the sum in a softmax captures a row",
            "other = fresh_place(self.shape[1], at)",
            "other = fresh_place(self.shape[1], ())",
            "test_what_is_built_has_the_entries_it_says",
        ),
        (
            "u vᵀ is square",
            "return self.left.shape + self.right.shape",
            "return self.left.shape * 2",
            "test_what_is_built_has_the_entries_it_says",
        ),
    ),
)

MISTAKES = (*MATRIX, *OPTIMIZERS, *LOSSES, *BUILT)
