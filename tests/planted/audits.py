"""Mistakes in how a step is recorded, bound to operations, checked and summed up."""

from . import mistakes_in

BRIDGE = "derivations/torch_bridge"
RECORDING = "tests/torch_bridge/recording/test_recording.py"
AUDITS = "tests/torch_bridge/auditing/test_audit.py"
KINDS = "tests/torch_bridge/auditing/test_kinds.py"
MUTANTS = "tests/torch_bridge/auditing/test_share_mutants.py"
FUNCTIONS = "tests/torch_bridge/auditing/test_custom_functions.py"

EXACT = "tests/torch_bridge/auditing/test_exact_audits.py"

MISTAKES = (
    *mistakes_in(
        f"{BRIDGE}/auditing/exact.py",
        EXACT,
        (
            "what is far from its exact value is not wrong",
            "wrong=max(share.wrong, wrong))",
            "wrong=share.wrong)",
            "test_either_side_that_is_off_is_wrong",
        ),
        (
            "a formula is not compared with exact values",
            '("formula", value.expand(got.shape)',
            '("formula", got.expand(got.shape)',
            "test_either_side_that_is_off_is_wrong",
        ),
        (
            "labels of exact values count from 0",
            "+ (1 if name in LABELS else 0)",
            "+ 0",
            "test_torch_and_formula_are_near_the_truth[classifier-torch.float32]",
        ),
        (
            "exact values stand in the order of the formula's axes",
            "part.handed_back(letter, places).flatten()",
            "places.flatten()",
            "test_entries_keep_their_order",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/recording/recorder.py",
        RECORDING,
        (
            "values that are written to are not copied before",
            "self.kept.before_writing(written)",
            "pass",
            "test_values_are_as_they_were_although_they_were_written_to",
        ),
        (
            "an in-place call after a clone is not looked for",
            "for at in (number, number + 1):",
            "for at in (number,):",
            "test_a_watched_step_is_the_same_and_every_node_has_its_call",
        ),
        (
            "an autograd.Function's arguments are not copied",
            "kept, state = [*vendor.mapped(lambda each: each.detach().clone(), args)], torch.get_rng_state()",
            "kept, state = [*vendor.mapped(lambda each: each.detach(), args)], torch.get_rng_state()",
            "test_a_custom_function_is_recorded_with_copies_of_its_arguments",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/recording/recorder.py",
        AUDITS,
        (
            "what batch norm writes to without saying so is not put back",
            'UNDECLARED = ("running_mean", "running_var")',
            "UNDECLARED = ()",
            "test_a_checkpoint",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/recording/undone.py",
        FUNCTIONS,
        (
            "a forward that is run again leaves its traces",
            "            storage.copy_(before)",
            "            pass",
            "test_a_forward_with_a_state_of_its_own_leaves_it_alone",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/compared.py",
        MUTANTS,
        (
            "a share ten thousand times beyond its bound is right",
            "    wrong = part > 1\n",
            "    wrong = part > 1e4\n",
            "test_changed_shares_disagree",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/derived.py",
        AUDITS,
        (
            "a node's kernel is granted no rounding",
            "else MARGIN * off",
            "else 1e-6 * off",
            "test_every_node_of_a_network_agrees_and_is_derived",
        ),
        (
            "what is stored in a coarser dtype is not rounded",
            "    if all(torch.finfo(dtype).eps <= torch.finfo(each).eps for each in given):\n",
            "    if True:\n",
            "test_autocast_and_a_scaled_loss",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/nodes.py",
        KINDS,
        (
            "a definition that gives another result is right",
            "        if self.forward > 1:\n",
            "        if False:\n",
            "test_a_wrong_definition_is_found_by_what_was_recorded",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/nodes.py",
        AUDITS,
        (
            "an unknown node agrees",
            '        if self.status == "unknown":\n            return CANNOT_TELL\n',
            '        if self.status == "unknown":\n            return "agrees"\n',
            "test_what_is_unknown_is_not_agreement",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/account.py",
        AUDITS,
        (
            "edges at which a gradient changed do not count",
            "return DISAGREES if self.changed else every(",
            "return every(",
            "test_a_hook_that_changes_a_gradient_is_found_at_its_edge",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/sums.py",
        AUDITS,
        (
            "a sum of several shares is granted no rounding",
            "allowed = (len(terms) - 1 + casts) * (",
            "allowed = 0 * (",
            "test_every_node_of_a_network_agrees_and_is_derived",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/numeric.py",
        FUNCTIONS,
        (
            "a forward that draws is run again with other numbers",
            "        if _same(out, forward.results):\n",
            "        if True:\n",
            "test_a_function_that_draws_is_run_again_with_the_same_numbers",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/auditing/parts.py",
        FUNCTIONS,
        (
            "how the parts are conditioned does not count",
            "                found[place] = max(found[place],",
            "                found[place] = min(found[place],",
            "test_a_right_function_agrees",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/binding/windows.py",
        KINDS,
        (
            "groups of channels are all the first",
            "slice(group * into, (group + 1) * into), slice(group * outof, (group + 1) * outof)",
            "slice(0, into), slice(0, outof)",
            "test_a_kind_is_derived_and_agrees",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/rounding/scatter.py",
        KINDS,
        (
            "of several terms in one place, the last counts",
            ".scatter_add_(-1, where, flat)",
            ".scatter_(-1, where, flat)",
            "test_a_kind_is_derived_and_agrees",
        ),
    ),
    *mistakes_in(
        f"{BRIDGE}/rounding/named_functions.py",
        KINDS,
        (
            "what a mask hides may be anything",
            "        return torch.where(x == -torch.inf, 0.0, matrix(array))\n",
            "        return matrix(array)\n",
            "test_a_kind_is_derived_and_agrees",
        ),
    ),
)
