"""Mistakes in the search for what explains a gradient, and in what a diagnosis says."""

from . import mistakes_in

SEARCH = "tests/diagnosis/test_searching.py"
TENSORS = "tests/torch_bridge/diagnosing/test_diagnose.py"
MISTAKES = (
    *mistakes_in(
        "derivations/diagnosis/searching/trial.py",
        SEARCH,
        (
            "search: an explanation may be a thousand bounds off",
            "return agreeing(arrays, self.given, value.value, value.error)",
            'return agreeing(arrays, self.given, value.value, arrays.binary("*", value.error, 1e3))',
            "test_a_mistake_is_not_named_where_one_entry_is_beyond_its_bound",
        ),
        (
            "search: whatever has the right shape explains",
            "if agreeing is None or not self.all_of(agreeing):",
            "if agreeing is None:",
            "test_the_mistake_is_named",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/searching/search.py",
        SEARCH,
        (
            "search: the first trial alone is explained",
            "trials = [Trial(problem, case, arrays) for case in cases]",
            "trials = [Trial(problem, case, arrays) for case in cases[:1]]",
            "test_every_trial_must_be_explained",
        ),
        (
            "search: nothing is ever found",
            "            if some:\n                return _as_simple(some)",
            "            if not self:\n                return _as_simple(some)",
            "test_the_mistake_is_named",
        ),
        (
            "search: right trials hide the wrong ones",
            "sets = [trials, bad] if some else [bad]",
            "sets = [trials]",
            "test_trials_that_are_right_do_not_hide_those_that_are_not",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/searching/verdicts.py",
        SEARCH,
        (
            "search: what fits as well is not told",
            "sentence(DISAGREES, mistakes, others, known)",
            "sentence(DISAGREES, mistakes, (), known)",
            "test_where_n_is_c_both_are_told",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/searching/precisions.py",
        TENSORS,
        (
            "search: any small noise is a lower precision",
            "2 * sum(",
            "9 * len(given) + sum(",
            "test_a_criterion_alone",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosing.py",
        TENSORS,
        (
            "diagnose: no certificate is asked",
            "    if verdict == DISAGREES:\n        found",
            "    if verdict:\n        found",
            "test_a_bound_too_wide_cannot_tell",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/diagnosing/searched.py",
        TENSORS,
        (
            "diagnose: a diagnosis that fails hides the disagreement",
            "        return _unexplained(failed)",
            "        raise failed",
            "test_a_diagnosis_that_fails_does_not_hide_the_disagreement",
        ),
    ),
)
