"""Mistakes in what is excused as an overflow: of either account, of a loss's value, of a kernel's digits."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "derivations/torch_bridge/certificates/overflow.py",
        "tests/torch_bridge/batch/test_as_torch_decides.py",
        (
            "a step may overflow among ordinary numbers",
            " or _is_ordinary(batch)",
            "",
            "test_linear_cross_entropy_where_every_label_is_ignored",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/overflow.py",
        "tests/torch_bridge/certificates/test_overflow.py",
        (
            "whatever is no number on one side is excused",
            " & ((number - exact).abs() <= bound)",
            "",
            "test_what_is_merely_wrong_is_not_excused",
        ),
        (
            "an overflow in torch is no excuse",
            "(found.isfinite() ^ expected.isfinite())",
            "(~found.isfinite() & expected.isfinite())",
            "test_neither_account_is_called_wrong",
        ),
        (
            "two accounts that overflow alike agree, whatever the gradient is",
            "place = both | unbound | (",
            "place = unbound | (",
            "test_two_accounts_that_overflow_alike_tell_nothing_of_a_gradient_that_is_a_number",
        ),
        (
            "what a dtype does not hold cannot be told there",
            "(exact.abs() + bound < largest) & ~bound.isinf()",
            "~bound.isinf()",
            "test_two_accounts_that_overflow_alike_tell_nothing_of_a_gradient_that_is_a_number",
        ),
        (
            "infinite inputs are excused too",
            " or not batch.is_finite",
            "",
            "test_numbers_that_are_not_finite_are_as_ever",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/overflow.py",
        "tests/torch_bridge/testing/test_atlas_edges_of_likelihoods.py",
        (
            "what a criterion says of torch is said again",
            "place if known is None else place & ~known",
            "place",
            "test_where_torch_computes_something_else_nothing_is_compared_and_a_note_says_so",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/overflow.py",
        "tests/torch_bridge/certificates/test_extremes.py",
        (
            "where the bound overflows too an account is called wrong",
            "place = both | unbound | (",
            "place = both | (",
            "test_where_the_bound_overflows_too_nothing_is_told",
        ),
        (
            "infinities of both signs are excused whatever the gradient is",
            "turned = (found == -expected) & (exact.abs() <= bound)",
            "turned = found == -expected",
            "test_infinities_of_both_signs_are_one_overflow_where_the_bound_spans_them",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/forms.py",
        "tests/torch_bridge/certificates/test_extremes.py",
        (
            "the logarithm of what a sigmoid leaves to 1 is taken to be as sure as the printed code's",
            "if activated and loss.operand(wrt) is not None and own in context.definitions:",
            "if False:",
            "test_the_logarithm_of_what_a_sigmoid_leaves_to_1_is_as_unsure_as_the_sigmoid",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/problems.py",
        "tests/torch_bridge/certificates/test_extremes.py",
        (
            "a diagnosis takes that logarithm to be as sure as the printed code's",
            "rounded=own if activated else None",
            "rounded=None",
            "test_what_is_wrong_with_such_a_gradient_has_its_name",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/certify.py",
        "tests/torch_bridge/certificates/test_overflow.py",
        (
            "a tensor that overflowed agrees",
            "overflowed=row.overflowed + counts.get(row.wrt, 0)",
            "overflowed=row.overflowed",
            "test_neither_account_is_called_wrong",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/criteria/kl_div.py",
        "tests/torch_bridge/certificates/test_overflow.py",
        (
            "targets that underflow are compared",
            "targets.double() < divisor * torch.finfo(targets.dtype).smallest_normal",
            "targets == 0",
            "test_a_target_that_underflows_is_not_compared",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/testing/value.py",
        "tests/torch_bridge/testing/test_torchs_own.py",
        (
            "torch's own value is refused where it overflows",
            " & ~_overflows_in_torch(setup, batch, given)",
            "",
            "test_a_criterion_is_its_own_loss",
        ),
        (
            "any value passes where torch's overflows",
            "~own.isfinite() & ((given == own) | (given.isnan() & own.isnan()))",
            "~own.isfinite()",
            "test_where_torchs_own_value_is_inf_another_number_is_held_to_the_truth",
        ),
        (
            "batchmean is allowed what its sum is",
            "off = (off * batch.grad_output.cpu().double().reshape(off.shape)).sum()",
            "off = 1e4 * off.sum()",
            "test_nor_is_a_value_that_is_off_where_the_gradient_is_right",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/testing/tried.py",
        "tests/torch_bridge/testing/test_torchs_own.py",
        (
            "what is wrong in float64 too is said to lose digits",
            "return near and reference.within(wrt, exact, trial.dtype)",
            "return near",
            "test_what_is_wrong_of_large_outputs_alone_is_not_said_to_lose_digits",
        ),
        (
            "whatever is right in float64 is said to lose digits",
            "return near and reference.within",
            "return reference.within",
            "test_what_is_wrong_of_large_outputs_in_one_dtype_is_not_said_to_lose_digits",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/bounds.py",
        "tests/torch_bridge/rounding/test_parts_of_the_atlas.py",
        (
            "parts do not know a constant by its name in the code",
            "for called in (name, name_of(name))",
            "for called in (name,)",
            "test_a_constant_of_the_code_is_known_in_each_part",
        ),
    ),
)
