"""Mistakes in what is asked for: options, names of tensors, formulas; and in what printed code takes."""

from . import mistakes_in

OPTIONS = (
    *mistakes_in(
        "derivations/options.py",
        "tests/test_options.py",
        (
            "options: a label of 0 is none",
            "return given is not None if given is None or",
            "return bool(given) if given is None or",
            "test_an_option_is_read_as_torch_writes_it",
        ),
        (
            "options: a number of any size will do",
            " and least <= number <= most",
            "",
            "test_an_option_is_read_as_torch_writes_it",
        ),
        (
            "options: a number may be infinite",
            "math.isfinite(number) and ",
            "",
            "test_an_option_is_read_as_torch_writes_it",
        ),
        (
            "options: what equals True is a flag",
            "used = given if isinstance(given, bool) else self.reads(given)",
            "used = given if given in (True, False) else self.reads(given)",
            "test_an_option_is_read_as_torch_writes_it",
        ),
        (
            "options: any weight is in use",
            'TENSOR = Kind("", lambda given: False if given is None else None,',
            'TENSOR = Kind("", lambda given: given is not None,',
            "test_an_option_is_read_as_torch_writes_it",
        ),
        (
            "options: a long value fills the sentence",
            "return text if len(text) <= 40 and",
            "return text if len(text) <= 4000 or",
            "test_an_option_is_read_as_torch_writes_it",
        ),
    ),
    *mistakes_in(
        "derivations/subject.py",
        "tests/test_options.py",
        (
            "options: derive takes any",
            "        if name not in known:\n",
            "        if False:\n",
            "test_what_cannot_be_asked_for_is_refused_with_a_sentence",
        ),
        (
            "options: anything is a formula",
            "    if isinstance(given, kind):\n        return\n",
            "    return\n",
            "test_what_is_no_formula_is_refused_with_a_sentence",
        ),
        (
            "options: a criterion of torch is not told its formula",
            "example = next(own, ",
            "example = next(iter(()), ",
            "test_what_is_no_formula_is_refused_with_a_sentence",
        ),
    ),
    *mistakes_in(
        "derivations/optimizers/base.py",
        "tests/test_options.py",
        (
            "options: True is one step",
            " or isinstance(steps, bool)",
            "",
            "test_what_cannot_be_asked_for_is_refused_with_a_sentence",
        ),
        (
            "options: each number of steps has an update of its own",
            "return options if wrt == UNROLLED else {}",
            "return options",
            "test_steps_make_no_other_derivation_where_none_is_unrolled",
        ),
    ),
    *mistakes_in(
        "derivations/curvature.py",
        "tests/test_options.py",
        (
            "options: NLL is curved",
            "    if loss.without_hessian:\n",
            "    if False:\n",
            "test_what_cannot_be_asked_for_is_refused_with_a_sentence",
        ),
    ),
    *mistakes_in(
        "derivations/curvature.py",
        "tests/test_options.py",
        (
            "options: equations for the inputs",
            "    if wrt not in (WEIGHT, BIAS):\n",
            "    if False:\n",
            "test_what_cannot_be_asked_for_is_refused_with_a_sentence",
        ),
    ),
)

ASKED = (
    *mistakes_in(
        "derivations/torch_bridge/setup/setup.py",
        "tests/test_wrt.py",
        (
            "wrt: a name is asked for twice",
            "return tuple(dict.fromkeys(names))\n",
            "return tuple(names)\n",
            "test_any_way_to_ask",
        ),
        (
            "wrt: nothing may be asked for",
            "        if not names:\n",
            "        if False:\n",
            "test_what_cannot_be_asked",
        ),
        (
            "wrt: a number is asked for",
            "        if not isinstance(wrt, Iterable):\n",
            "        if False:\n",
            "test_what_cannot_be_asked",
        ),
        (
            "wrt: any name will do",
            "            if not isinstance(each, str) or each not in self.wrt:\n",
            "            if False:\n",
            "test_what_cannot_be_asked",
        ),
        (
            "mask: formulas never have it",
            "return decided.ignoring() if decided.may_ignore and bool((targets == IGNORED).any()) else decided",
            "return self",
            "test_with_labels_that_torch_ignores_formula_and_derivation_have_the_mask",
        ),
        (
            "mask: formulas always have it",
            "if decided.may_ignore and bool((targets == IGNORED).any()) else decided",
            "if decided.may_ignore else decided",
            "test_with_labels_that_torch_ignores_formula_and_derivation_have_the_mask",
        ),
    ),
    *mistakes_in(
        "derivations/explanation.py",
        "tests/test_wrt.py",
        (
            "mask: printed code has none",
            "setup = self.setup.ignoring() if self.setup.may_ignore else self.setup",
            "setup = self.setup",
            "test_any_subset_in_any_order",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/plan.py",
        "tests/test_wrt.py",
        (
            "wrt: code begins where the first of it does",
            "context.extended(Z=model) if model else context",
            "context",
            "test_any_subset_in_any_order",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/plan.py",
        "tests/test_problems.py",
        (
            "wrt: code has no outputs where the results need none",
            '["Z"] if from_model else []',
            "[]",
            "test_with_a_model_the_outputs_begin_with_the_inputs",
        ),
    ),
)

TAKEN = (
    *mistakes_in(
        "derivations/closed_form/taken.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "printed code takes matrices of any shape",
            "return [*self._guard(outputs, shapes), *expanded]",
            "return expanded",
            "test_printed_code_refuses_what_would_be_another_gradient",
        ),
        (
            "printed code takes arrays of any shape",
            "        statements += self._guard(outputs, shapes)\n",
            "",
            "test_printed_code_refuses_what_would_be_another_gradient",
        ),
        (
            "printed code takes a bias as long as the outputs it made",
            'of_bias if name == "b" else wanted[shape]',
            "wanted[shape]",
            "test_printed_code_refuses_what_would_be_another_gradient",
        ),
        (
            "printed code takes weights that are more than the outputs",
            "        return [*self._guard(outputs, shapes), *expanded]\n",
            "        return self._guard(outputs, shapes)\n",
            "test_printed_code_refuses_what_would_be_another_gradient",
        ),
        (
            "printed code does not sum what was broadcast",
            '[Assign.one("G", SummedTo(g, OUTPUTS_SHAPE))] if self._with_outputs else []',
            "[]",
            "test_printed_code_computes_what_gradients_computes",
        ),
        (
            "printed code gives targets the broadcast shape",
            "if of_outputs or wrt in self._with_outputs:",
            "if of_outputs:",
            "test_printed_code_computes_what_gradients_computes",
        ),
        (
            "printed code mistakes rows of the loss for rows of the layer",
            "if contracted and is_g:",
            "if contracted and wrt in (OUTPUTS, LOGITS):",
            "test_printed_code_computes_what_gradients_computes",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/plan.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "printed code looks at labels before the ignored ones are gone",
            "body += [MaskLabels(node.labels, node.ignored), *labels]",
            "body += [*labels, MaskLabels(node.labels, node.ignored)]",
            "test_printed_code_computes_what_gradients_computes",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/writers/numpy.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "printed code takes any label",
            "-> list[str]:\n        told",
            "-> list[str]:\n        return []\n        told",
            "test_printed_code_refuses_what_would_be_another_gradient",
        ),
        (
            "printed numpy code sums leading dimensions only",
            "if size == 1), keepdims=True)",
            "if size == 0), keepdims=True)",
            "test_printed_code_computes_what_gradients_computes",
        ),
        (
            "printed numpy code does not sum leading dimensions",
            "G = G.sum(tuple(range(G.ndim - len(shape))))",
            "G = G.reshape(G.shape)",
            "test_printed_code_computes_what_gradients_computes",
        ),
    ),
    *mistakes_in(
        "derivations/losses/mse.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "weighted MSE broadcasts",
            'return () if self.weight else ("Y",)',
            'return ("Y",)',
            "test_printed_code_refuses_what_would_be_another_gradient",
        ),
    ),
    *mistakes_in(
        "derivations/losses/bce.py",
        "tests/torch_bridge/batch/test_edge_cases.py",
        (
            "BCE broadcasts no weights",
            'broadcast: ClassVar[tuple[str, ...]] = ("w", "q")',
            "broadcast: ClassVar[tuple[str, ...]] = ()",
            "test_printed_code_computes_what_gradients_computes",
        ),
    ),
)
MISTAKES = (*OPTIONS, *ASKED, *TAKEN)
