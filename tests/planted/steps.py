"""Mistakes in what checks training steps: assert_step."""

from . import mistakes_in

TEST = "tests/torch_bridge/steps/test_step.py"
MISTAKES = (
    *mistakes_in(
        "derivations/torch_bridge/steps/__init__.py",
        TEST,
        (
            "assert_step checks autograd",
            "certify(of_all.batch, given, expected,",
            "certify(of_all.batch, expected, expected,",
            "test_wrong_steps_are_named",
        ),
        (
            "the parts of a step are what it has made of its batches",
            "copied = [tuple(map(_copied, batch)) for batch in given_batches]",
            "copied = [tuple(batch) for batch in given_batches]",
            "test_a_step_that_overwrites_its_batches_is_told",
        ),
        (
            "a step is told that it ignores grad_output",
            "    if any(each.key in NOT_OF_STEPS for each in other.mistakes):",
            "    if any(each.key not in NOT_OF_STEPS for each in other.mistakes):",
            "test_slightly_other_parameters_are_no_lower_precision_and_no_ignored_grad_output",
        ),
        (
            "gradients that are all 0 agree in assert_step",
            " or all(row.zero for row in certificate.rows)",
            "",
            "test_all_labels_ignored_tell_nothing",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/steps/left.py",
        TEST,
        (
            "assert_step keeps what was in .grad",
            "            each.grad = None\n        returned",
            "            pass\n        returned",
            "test_two_calls_do_not_add_up",
        ),
        (
            "assert_step leaves the parameters updated",
            "                each.copy_(before[name][0])\n",
            "",
            "test_parameters_and_gradients_are_put_back",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/steps/steps.py",
        TEST,
        (
            "factors that a step is told cure it without its own weights",
            "part / size / share if share else 1.0",
            "part / size if share else 1.0",
            "test_the_factors_that_are_told_cure_the_step",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/steps/explained.py",
        TEST,
        (
            "a mistake explains a step without explaining it",
            "return bool(((self.values - value).abs() <= most * self.bound).all())",
            "return bool(((self.values - value).abs() <= most * self.bound).any())",
            "test_large_layers_are_told_of_by_all_their_entries",
        ),
        (
            "few entries of a step's gradient speak for all",
            "        if found and few is not given:",
            "        if found and few is given:",
            "test_large_layers_are_told_of_by_all_their_entries",
        ),
        (
            "noise is taken for a lower precision",
            " or int(digits) > SUMMED - math.log2(unit)",
            "",
            "test_noise_of_the_size_of_a_lower_precision_is_not_one",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/steps/account.py",
        TEST,
        (
            "the share of a part is its own mean",
            "share = of.size / account.size if account.mean and account.size else 1.0",
            "share = 1.0 / len(self.parts)",
            "test_wrong_steps_are_named",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/steps/__init__.py",
        "tests/torch_bridge/steps/test_step_ranks.py",
        (
            "a rank that is right goes on without the other",
            "        if other is not None:",
            "        if other is None:",
            "test_a_rank_that_is_right_does_not_go_on_without_the_other",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/steps/ranks.py",
        "tests/torch_bridge/steps/test_step_ranks.py",
        (
            "each rank's batches are the whole",
            "        dist.all_gather_object(found, own, group=self.group)\n        return found",
            "        dist.all_gather_object(found, own, group=self.group)\n        return [own] * self.count",
            "test_what_was_done_is_named_on_both",
        ),
    ),
)
