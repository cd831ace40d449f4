"""Mistakes in what is read off torch objects, in what is taken for numbers, and in what a reader is told of them."""

from . import mistakes_in

DECIDES = "tests/torch_bridge/batch/test_as_torch_decides.py"
MODELS = "tests/torch_bridge/setup/test_models.py"
WRONG_CALLS = "tests/torch_bridge/test_wrong_calls.py"
EDGES = "tests/torch_bridge/batch/test_edge_cases.py"
BRIDGE = "derivations/torch_bridge"

MISTAKES = (
    *mistakes_in(
        f"{BRIDGE}/batch/given.py",
        WRONG_CALLS,
        (
            "complex numbers are computed with",
            "if given.is_complex():",
            "if False:",
            "test_data_that_does_not_fit",
        ),
        (
            "sparse tensors are left to torch",
            "if given.is_nested or given.layout != torch.strided:",
            "if given.is_nested:",
            "test_data_that_does_not_fit",
        ),
        (
            "labels that are True are the class 1",
            "if found.dtype == torch.bool:",
            "if False:",
            "test_data_that_does_not_fit",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/given.py",
        DECIDES,
        (
            "an array keeps its dtype beside a model of another",
            "return found.to(dtype or own)",
            "return found.to(own)",
            "test_arrays_and_lists_are_numbers_in_the_dtype_of_the_model",
        ),
        (
            "outputs in float64 become float32",
            'own = found.dtype if hasattr(given, "__array__")',
            "own = found.dtype if False",
            "test_outputs_that_are_no_tensors",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/given.py",
        MODELS,
        (
            "tensors of inference mode are not copied",
            "if given.is_inference():",
            "if False:",
            "test_tensors_of_inference_mode",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/batch.py",
        DECIDES,
        (
            "the label 156 of one byte is ignored, as −100",
            "each.long() if each.dtype == torch.uint8 else each",
            "each",
            "test_labels_of_one_byte_are_labels",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/batch/batch.py",
        MODELS,
        (
            "a model in doubt is not run",
            "    check_forward(setup, inputs)\n",
            "",
            "test_what_computes_something_else_is_refused_when_run",
        ),
        (
            "what happens to a model later is not seen",
            "setup = current(setup)",
            "pass",
            "test_what_happens_to_the_model_later_is_seen",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/setup/setup.py",
        MODELS,
        (
            "a criterion that became another is explained as it was",
            "if (now.loss, now.bias) != (setup.loss, setup.bias):",
            "if False:",
            "test_a_criterion_that_changes_is_explained_again",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/setup/setup.py",
        WRONG_CALLS,
        (
            "no tensor is as good a wrt as any",
            "if not names:",
            "if False:",
            "test_arguments_that_do_not_fit",
        ),
        (
            "a criterion with a linear layer is taken for the loss alone",
            "if not fused:",
            "if False:",
            "test_other_calls_that_do_not_fit",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/reading.py",
        WRONG_CALLS,
        (
            "options that torch does not know are dropped",
            "if unknown := [name for name in given if name not in own]:",
            "if unknown := []:",
            "test_what_cannot_be_explained",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/reading.py",
        MODELS,
        (
            "hooks of a criterion are not seen",
            "if names := doubts(criterion, known.module.forward):",
            "if names := []:",
            "test_a_criterion_with_hooks_is_refused",
        ),
        (
            "backward hooks of a criterion are not seen",
            "    refuse_hooks(criterion)\n",
            "",
            "test_a_criterion_with_hooks_is_refused",
        ),
        (
            "a compiled criterion is none",
            "criterion = vendor.compiled(criterion) or criterion",
            "pass",
            "test_a_compiled_criterion_is_the_criterion",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/base.py",
        WRONG_CALLS,
        (
            "a number that the formula always has may be None",
            "(option.always and value is None):",
            "False:",
            "test_what_cannot_be_explained",
        ),
        (
            "the bias of a linear layer is an option",
            ' and name != "linear_bias"',
            "",
            "test_what_cannot_be_explained",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/base.py",
        "tests/torch_bridge/criteria/test_read.py",
        (
            "options that are not in use have values",
            "for option in loss.in_use}",
            "for option in self.of.declared}",
            "test_values_are_read_of_the_options_that_the_formula_has",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/cross_entropy.py",
        DECIDES,
        (
            "linear_cross_entropy refuses probabilities with no ignore_index",
            "ignored is not None and self._refuses_with_probabilities(ignored)",
            "ignored is None or self._refuses_with_probabilities(ignored)",
            "test_linear_cross_entropy_of_probabilities",
        ),
        (
            "linear_cross_entropy allows what torch refuses of probabilities",
            "        return True",
            "        return ignored >= 0",
            "test_linear_cross_entropy_of_probabilities",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/accounts/autograd.py",
        DECIDES,
        (
            "linear_cross_entropy is compared with cross-entropy",
            "setup.fused(leaves[INPUTS], leaves[WEIGHT], leaves.get(BIAS), *operands)",
            "setup.criterion(outputs, *operands)",
            "test_linear_cross_entropy_is_compared_with_itself",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/setup/hooks.py",
        MODELS,
        (
            "a forward put in its place is not seen",
            'if "forward" in vars(module):',
            "if False:",
            "test_what_computes_something_else_is_refused_when_run",
        ),
        (
            "the forward of a subclass is not seen",
            "if kind.forward is not forward or kind.__call__ is not nn.Module.__call__:",
            "if False:",
            "test_what_computes_something_else_is_refused_when_run",
        ),
        (
            "forward hooks of every module are not seen",
            "for hook in vendor.global_forward_hooks()]",
            "for hook in ()]",
            "test_hooks_of_every_module",
        ),
        (
            "hooks of a weight are not seen",
            "for hook in () if parameter is None else vendor.tensor_hooks(parameter):",
            "for hook in ():",
            "test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/vendor.py",
        MODELS,
        (
            "backward hooks of every module are not seen",
            "        *every._global_backward_hooks.values(),\n",
            "",
            "test_hooks_of_every_module",
        ),
        (
            "backward hooks are not seen",
            "        *module._backward_hooks.values(),\n",
            "",
            "test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/setup/models.py",
        MODELS,
        (
            "a weight that is computed passes for a parameter",
            "elif name not in vendor.own_parameters(linear):",
            "elif False:",
            "test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name",
        ),
        (
            "a parametrised weight passes for a parameter",
            "if parametrize.is_parametrized(linear, name):",
            "if False:",
            "test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name",
        ),
        (
            "Dropout that is on does nothing",
            "(module.p == 0 or not module.training)",
            "True",
            "test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name",
        ),
        (
            "hooks of a wrapper are not seen",
            "if hooks := hooks_of(module):",
            "if hooks := []:",
            "test_what_is_no_linear_layer_with_weight_and_bias_is_refused_by_name",
        ),
        (
            "LogSoftmax before cross-entropy passes",
            "        return not after",
            "        return True",
            "test_what_the_loss_does_itself_is_refused_and_says_why",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/criteria/before.py",
        "tests/torch_bridge/criteria/test_read.py",
        (
            "NLLLoss takes any LogSoftmax",
            "lambda module: module.dim in (1, -1)",
            "lambda module: True",
            "test_unsupported",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/setup/forward.py",
        MODELS,
        (
            "autocast is not seen",
            "if torch.is_autocast_enabled(device) and",
            "if False and",
            "test_autocast_is_refused_where_it_would_change_the_dtype",
        ),
        (
            "only the outputs of a model in doubt are compared",
            'pairs[f"gradient in the {name}"] = (torch.zeros_like(right) if found is None else found, right)',
            "pass",
            "test_what_computes_something_else_is_refused_when_run",
        ),
        (
            "a gradient that does not flow is as good as the right one",
            "torch.zeros_like(right) if found is None else found",
            "right if found is None else found",
            "test_what_computes_something_else_is_refused_when_run",
        ),
        (
            "a hook on the outputs is not seen",
            "if vendor.tensor_hooks(given):",
            "if False:",
            "test_what_computes_something_else_is_refused_when_run",
        ),
        (
            "a model in doubt must be equal to the last bit",
            "(terms + 1) * (precision.eps * kappa + smallest)",
            "0 * kappa",
            "test_what_computes_the_same_is_explained",
        ),
        (
            "a model in doubt may be far off",
            "(terms + 1) * (precision.eps * kappa + smallest)",
            "1e16 * (precision.eps * kappa + smallest)",
            "test_what_computes_something_else_is_refused_when_run",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/certificates/notes.py",
        EDGES,
        (
            "data that are nan are not named",
            "bool(value.isnan().any())",
            "False",
            "test_what_surprises_is_reproduced_and_named",
        ),
        (
            "an infinite class weight is not named",
            "and bool(value.isinf().any())",
            "and False",
            "test_what_surprises_is_reproduced_and_named",
        ),
        (
            "a divisor beyond float16 is not named",
            "abs(total) > largest",
            "False",
            "test_what_surprises_is_reproduced_and_named",
        ),
        (
            "a sum is said to divide",
            '    if loss.reduction != "mean":\n',
            "    if False:\n",
            "test_what_does_not_surprise_is_not_named",
        ),
        (
            "the loss of an empty batch is a mean",
            "yield NOTHING_GIVEN[setup.loss.reduction]",
            'yield NOTHING_GIVEN["mean"]',
            "test_what_surprises_is_reproduced_and_named",
        ),
        (
            "the loss of ignored labels is a mean of none",
            "yield NOTHING_COUNTS[setup.loss.reduction]",
            'yield NOTHING_COUNTS["mean"]',
            "test_what_surprises_is_reproduced_and_named",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/accounts/evaluate.py",
        DECIDES,
        (
            "G stays in the dtype of a weight",
            "_alone(setup, setup.of_linear)(given)).to(outputs.dtype)",
            "_alone(setup, setup.of_linear)(given))",
            "test_whatever_the_dtype_of_weights_and_targets_gradients_have_that_of_the_outputs",
        ),
        (
            "arrays of several dtypes are not promoted",
            "return {name: each.to(dtype) if is_real(each) else each for name, each in arrays.items()}",
            "return arrays",
            "test_whatever_the_dtype_of_weights_and_targets_gradients_have_that_of_the_outputs",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/testing/returned.py",
        "tests/torch_bridge/testing/test_testing.py",
        (
            "a loss that is no tensor is asked for its gradient",
            'if not isinstance(found, Tensor):\n        raise TypeError(f"fn must return a tensor, the loss;',
            'if False:\n        raise TypeError(f"fn must return a tensor, the loss;',
            "test_a_function_that_returns_something_else",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/checks/labels.py",
        DECIDES,
        (
            "targets are told by their dtype alone",
            "PROBABILITIES if targets.shape == shape else INDICES",
            "PROBABILITIES if targets.is_floating_point() and targets.dim() > 1 else INDICES",
            "test_probabilities_are_told_from_labels_by_their_shape",
        ),
        (
            "what was said of the targets wins over the data",
            "if said not in (None, kind):",
            "if False:",
            "test_what_was_said_of_the_targets_and_is_false_is_refused",
        ),
        (
            "the data do not decide what the targets are",
            "return setup.of_targets(kind)",
            "return setup",
            "test_probabilities_are_told_from_labels_by_their_shape",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/checks/options.py",
        DECIDES,
        (
            "a loss of one number receives 0",
            "return torch.ones(wanted,",
            "return torch.zeros(wanted,",
            "test_a_loss_of_one_number_needs_no_vector",
        ),
        (
            "only a loss without dimensions needs no vector",
            "if grad_output is None and wanted.numel() == 1:",
            "if grad_output is None and not wanted:",
            "test_a_loss_of_one_number_needs_no_vector",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/checks/labels.py",
        WRONG_CALLS,
        (
            "one-hot integers are taken for probabilities",
            "if kind == PROBABILITIES and not targets.is_floating_point():",
            "if False:",
            "test_data_that_does_not_fit",
        ),
        (
            "labels of any integer dtype are taken",
            "or labels.dtype not in LABEL_DTYPES:",
            "or labels.is_floating_point():",
            "test_data_that_does_not_fit",
        ),
        (
            "labels of one byte are taken at several positions",
            "if labels.dtype == torch.uint8 and len(shape) > 2:",
            "if False:",
            "test_data_that_does_not_fit",
        ),
        (
            "the cure for classes at the last dimension is not named",
            "if len(shape) > 2 and given == shape[:-1]:",
            "if False:",
            "test_data_that_does_not_fit",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/checks/inputs.py",
        WRONG_CALLS,
        (
            "float8 is computed with",
            "if inputs.dtype not in DTYPES:",
            "if not inputs.is_floating_point():",
            "test_data_that_does_not_fit",
        ),
        ("tensors without values are computed with", "if inputs.is_meta:", "if False:", "test_data_that_does_not_fit"),
        (
            "a weight of inference mode is left to torch",
            "if name in setup.options and checked(name, each) is not each:",
            "if False:",
            "test_a_weight_of_inference_mode",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/cross_entropy.py",
        EDGES,
        (
            "probabilities for logits are not named",
            "if not has_model and classes > 1 and of_probabilities(rows.outputs):",
            "if False:",
            "test_what_surprises_is_reproduced_and_named",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/marks.py",
        EDGES,
        (
            "one row of probabilities is called all",
            "<= within)).all())",
            "<= within)).any())",
            "test_what_does_not_surprise_is_not_named",
        ),
        (
            "logits that add up to 1 are called probabilities",
            "(rows >= 0).all(1) & ",
            "",
            "test_what_does_not_surprise_is_not_named",
        ),
        (
            "one row of no log-probabilities is not named",
            "return close(rows.logsumexp(1), 0.0, within)",
            "return bool(((rows.logsumexp(1)).abs() <= within).any())",
            "test_what_surprises_is_reproduced_and_named",
        ),
        (
            "log-probabilities in bfloat16 are called none",
            "within = NEAR + torch.finfo(rows.dtype).eps * math.log(max(rows.shape[1], 2))",
            "within = 1e-5",
            "test_what_does_not_surprise_is_not_named",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/bce_with_logits.py",
        EDGES,
        (
            "few outputs between 0 and 1 are called probabilities",
            "and outputs.numel() >= FEW and",
            "and",
            "test_what_does_not_surprise_is_not_named",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/arrays.py",
        DECIDES,
        (
            "arrays of several dtypes go through one function",
            "return all(each.dtype == self.inputs.dtype for each in real)",
            "return True",
            "test_whatever_the_dtype_of_weights_and_targets_gradients_have_that_of_the_outputs",
        ),
        (
            "the bound of a gradient in targets is of the outputs' dtype",
            "if name in self.operands and self.operands[name].dtype != self.inputs.dtype:",
            "if False:",
            "test_whatever_the_dtype_of_weights_and_targets_gradients_have_that_of_the_outputs",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/batch/checks/operands.py",
        DECIDES,
        (
            "integers are no targets of MSE",
            "taken = {TARGETS: _whole(setup), ",
            "taken: dict[str, tuple[torch.dtype, ...]] = {",
            "test_whatever_the_dtype_of_weights_and_targets_gradients_have_that_of_the_outputs",
        ),
    ),
)
