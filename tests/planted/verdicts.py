"""Mistakes in the three verdicts: what agreement means, what is said of the rest, and who is told."""

from . import mistakes_in

VERDICT = "tests/torch_bridge/certificates/test_verdict.py"
ROWS, FACTOR = "test_it_agrees_when_all_its_rows_do", "test_a_wrong_factor_never_agrees"
NEAR, ZERO = "test_a_factor_that_agrees_is_near_1", "test_0_is_no_agreement_where_the_data_make_it_so"
TRUTH, LOOK = (
    "test_each_side_is_held_to_the_truth_at_each_entry",
    "test_a_mismatch_says_what_is_needed_to_look_into_it",
)
DISPLAYED, BUILD = "test_a_ledger_says_whether_the_accounts_agree", "test_an_account_that_is_refused_stops_the_build"
UNTOLD = "test_what_cannot_be_told_does_not_stop_it_and_is_no_agreement"
EVERY = "return every(row.verdict for row in self.rows)"
LAST = "        return DISAGREES\n    return AGREES if found == {AGREES} else CANNOT_TELL"

MISTAKES = (
    *mistakes_in(
        "derivations/torch_bridge/certificates/certificate.py",
        VERDICT,
        ("a certificate looks at its first tensor alone", EVERY, "return self.rows[0].verdict", ROWS),
        ("a certificate always agrees", EVERY, "return AGREES", ROWS),
        (
            "a certificate agrees when one tensor does",
            EVERY,
            "return AGREES if AGREES in [row.verdict for row in self.rows] else DISAGREES",
            ROWS,
        ),
        (
            "a tensor of one entry never disagrees",
            EVERY,
            "return every(row.verdict for row in self.rows if row.entries > 1)",
            "test_a_single_number_decides_too",
        ),
        (
            "a certificate is true where it cannot tell",
            "return self.verdict == AGREES",
            "return self.verdict != DISAGREES",
            ROWS,
        ),
        ("require() raises nothing where it cannot tell", "            raise self.doubt()", "            pass", ROWS),
        (
            "require() calls a doubt a mismatch",
            "raise self.doubt()",
            "raise GradientMismatch(self.doubt().subject, **self.doubt().details)",
            ROWS,
        ),
        ("a mismatch names the first tensor, right or wrong", "if row.verdict == verdict:", "if row.verdict:", ROWS),
        (
            "the largest deviation is the first tensor's",
            "return max((row.deviation for row in self.rows), default=0.0)",
            "return self.rows[0].deviation",
            "test_one_wrong_tensor_is_a_disagreement",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/rows.py",
        VERDICT,
        ("one wrong entry is allowed", "        if self.wrong:", "        if self.wrong > 1:", ROWS),
        (
            "a few wrong entries among many are allowed",
            "        if self.wrong:",
            "        if self.wrong > 0.001 * self.entries:",
            ROWS,
        ),
        (
            "wrong entries are allowed where most are right",
            "        if self.wrong:",
            "        if self.wrong > self.entries / 2:",
            "test_one_wrong_entry_is_a_disagreement",
        ),
        (
            "what is wrong is said to be a doubt where nothing would be seen",
            "        if self.wrong:",
            "        if self.wrong and self.sharpest < SEEN:",
            ROWS,
        ),
        (
            "what is within its bound agrees",
            "return AGREES if self.sharpest < SEEN else CANNOT_TELL",
            "return AGREES",
            FACTOR,
        ),
        (
            "one entry that is not blunt is enough",
            "return AGREES if self.sharpest < SEEN else CANNOT_TELL",
            "return AGREES if self.sharp else CANNOT_TELL",
            FACTOR,
        ),
        (
            "the bluntest entry decides",
            "torch.inf).min().item()",
            "torch.inf).max().item()",
            "test_the_sharpest_entry_decides",
        ),
        ("what hides a factor is the bound alone", "(difference + bound).div_", "bound.clone().div_", NEAR),
        (
            "a factor is measured on the larger side",
            "torch.minimum(a.abs(), size)",
            "torch.maximum(a.abs(), size)",
            NEAR,
        ),
        ("a right value is as large as it seems", "smaller - bound\n", "smaller\n", NEAR),
        (
            "a wrong factor is not rounded",
            ".div_(margin).add_(precision.eps)",
            ".div_(margin)",
            "test_the_sharpest_entry_decides",
        ),
        (
            "what is infinite tells something",
            "torch.where(finite, each, torch.nan) for each in",
            "each if each is smaller else torch.where(finite, each, torch.nan) for each in",
            "test_what_is_no_number_on_both_sides_is_the_same_but_tells_nothing",
        ),
        (
            "0 = 0 tells nothing where the formula is 0",
            "sharpest=0.0 if known else",
            "sharpest=",
            "test_where_the_formula_is_0_no_less_is_agreement",
        ),
        ("0 = 0 always agrees", "_exactly_zero(a, exact, zero) | unrounded", "a == 0", ZERO),
        ("one exact 0 is enough", " | unrounded)).all())", " | unrounded)).any())", ZERO),
        ("where nothing rounds, 0 = 0 tells nothing", " | unrounded)", ")", ZERO),
        (
            "a truth of 0 tells nothing",
            "true = torch.tensor([exact_values.is_zero(value)",
            "true = torch.tensor([False and exact_values.is_zero(value)",
            ZERO,
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/notes.py",
        VERDICT,
        (
            "one class is not known to give 0",
            "return _one_class(batch) and",
            "return False and",
            "test_where_the_formula_is_0_no_less_is_agreement",
        ),
        (
            "all ignored is not known to give 0",
            "return batch.common.numel() == 0 or _all_ignored(batch)",
            "return batch.common.numel() == 0",
            "test_what_the_formula_makes_0",
        ),
        (
            "one class makes every gradient 0",
            "(batch.setup.before is None or wrt != OUTPUTS)",
            "True",
            "test_what_the_formula_makes_0",
        ),
    ),
    *mistakes_in(
        "derivations/verdict.py",
        VERDICT,
        (
            "agreement allows a factor of a half",
            "SEEN = 1 / 9",
            "SEEN = 0.5",
            "test_a_doubt_says_what_would_be_seen_and_what_to_do",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/findings.py",
        VERDICT,
        (
            "a doubt is a mismatch",
            "class CannotTell(Finding)",
            "class CannotTell(GradientMismatch)",
            "test_a_doubt_says_what_would_be_seen_and_what_to_do",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/certificate.py",
        VERDICT,
        (
            "a mismatch does not tell the truth",
            "exact=exact_values.show(row.exact[row.worst]) if row.exact else None",
            "exact=None",
            TRUTH,
        ),
        (
            "a mismatch tells the truth of the first entry",
            "exact_values.show(row.exact[row.worst])",
            "exact_values.show(next(iter(row.exact.values())))",
            TRUTH,
        ),
        (
            "a mismatch does not say that the truth was asked",
            'if row.exact else " and torch',
            'if False else " and torch',
            TRUTH,
        ),
        (
            "a mismatch has the first note alone",
            "for note in certificate.notes) or None",
            "for note in certificate.notes[:1]) or None",
            LOOK,
        ),
        (
            "a mismatch is silent about its conditions",
            "        note=_note(certificate),\n        **certificate.conditions,\n    )\n\n\ndef doubt",
            "        note=_note(certificate),\n    )\n\n\ndef doubt",
            LOOK,
        ),
        (
            "a mismatch names the criterion without its options",
            "return dict(\n        loss=str(certificate.setup.loss),",
            "return dict(\n        loss=certificate.setup.name,",
            LOOK,
        ),
        ("a mismatch counts sharp entries as all", "wrong of {row.entries}", "wrong of {row.sharp}", LOOK),
    ),
    *mistakes_in(
        "derivations/verdict.py",
        VERDICT,
        ("nothing at all agrees", "AGREES if found == {AGREES} else", "AGREES if found <= {AGREES} else", ROWS),
        (
            "a doubt hides a disagreement",
            LAST,
            LAST.replace("return DISAGREES", "return CANNOT_TELL if CANNOT_TELL in found else DISAGREES"),
            ROWS,
        ),
    ),
    *mistakes_in(
        "derivations/verdict.py",
        "tests/cli/test_commands.py",
        (
            "command: what cannot be told is success",
            "CANNOT_TELL: 3}",
            "CANNOT_TELL: 0}",
            "test_what_cannot_be_told_exits_with_3",
        ),
        (
            "command: what cannot be told is an error like any other",
            "CANNOT_TELL: 3}",
            "CANNOT_TELL: 1}",
            "test_a_ledger_in_which_something_cannot_be_told_exits_with_3",
        ),
    ),
    *mistakes_in(
        "derivations/criteria.py",
        "tests/test_ledger.py",
        (
            "the ledger's weights are all 1",
            "return 0.5 + torch.rand(shape",
            "return 1 + 0 * torch.rand(shape",
            "test_the_data_of_the_ledger_are_of_no_special_kind",
        ),
    ),
    *mistakes_in(
        "derivations/ledger.py",
        "tests/test_ledger.py",
        (
            "the ledger's incoming vectors are all ones",
            "    certificate = explanation.certify(magnitude",
            "    incoming = None if incoming is None else torch.ones_like(incoming)\n"
            "    certificate = explanation.certify(magnitude",
            "test_the_data_of_the_ledger_are_of_no_special_kind",
        ),
        (
            "the ledger does not stop",
            "    if certificate.verdict == DISAGREES:",
            "    if False:",
            "test_one_wrong_entry_anywhere_stops_it",
        ),
        (
            "the ledger stops where it cannot tell",
            "    if certificate.verdict == DISAGREES:",
            "    if not certificate:",
            UNTOLD,
        ),
        ("an entry agrees in all its runs or not at all", "every(some(row.verdict", "every(every(row.verdict", UNTOLD),
        (
            "the ledger asks for no exact value",
            "exact=_with_truth(number, size, dtype)",
            "exact=False",
            "test_every_entry_is_compared_with_exact_values_too",
        ),
        (
            "the ledger asks for exact values in one dtype",
            "EXACT_DTYPES[number % len(EXACT_DTYPES)]",
            "EXACT_DTYPES[0]",
            "test_every_entry_is_compared_with_exact_values_too",
        ),
        (
            "the exact values are compared with the first tensor alone",
            "max(row.from_exact[side] for row in certificate.rows)",
            "certificate.rows[0].from_exact[side]",
            "test_every_entry_is_compared_with_exact_values_too",
        ),
        (
            "the manifest says that every tensor agrees",
            '"verdict": row.verdict,',
            '"verdict": "agrees",',
            "test_the_manifest_has_the_figures_of_each_certificate",
        ),
        ("the manifest says that every run agrees", '"verdict": certificate.verdict,', '"verdict": "agrees",', UNTOLD),
    ),
    *mistakes_in(
        "derivations/pages/ledger_run.py",
        "tests/pages/test_ledger_file.py",
        (
            "what cannot be told stops the build",
            "(EXIT_CODES[AGREES], EXIT_CODES[CANNOT_TELL])",
            "(EXIT_CODES[AGREES],)",
            "test_what_cannot_be_told_is_published",
        ),
    ),
    *mistakes_in(
        "derivations/display/marks.py",
        "tests/display/test_display.py",
        ("a tick for what cannot be told", 'CANNOT_TELL: ("?", "gl-unsure")', 'CANNOT_TELL: ("✓", "gl-ok")', DISPLAYED),
    ),
    *mistakes_in(
        "derivations/display/diagnosis.py",
        "tests/display/test_diagnosis.py",
        (
            "a diagnosis always has the sign of 'agree'",
            "sign, kind = MARKS[diagnosis.verdict]",
            "sign, kind = MARKS[AGREES]",
            "test_each_verdict_has_its_sign_and_colour",
        ),
        (
            "a formula's minus is no longer what can be typed",
            "except ValueError:\n        return value",
            "except ValueError:\n        return minus(value)",
            "test_numbers_have_real_minus_signs_and_formulas_stay_as_typed",
        ),
    ),
    *mistakes_in(
        "derivations/display/certificate.py",
        "tests/display/test_display.py",
        (
            "a ledger does not say what is wrong",
            'return "" if certificate.diagnosis is None else diagnosis_html',
            'return "" if certificate.diagnosis is not None else diagnosis_html',
            "test_a_ledger_that_disagrees_says_what_is_wrong",
        ),
        (
            "a ledger always says that the accounts agree",
            "{FEET[certificate.verdict][lang]}",
            "{FEET[AGREES][lang]}",
            DISPLAYED,
        ),
        ("a ledger always has the colour of 'agree'", "MARKS[certificate.verdict]", "MARKS[AGREES]", DISPLAYED),
        (
            "a ledger counts blunt entries",
            "sum(row.sharp for row in rows)",
            "sum(row.entries for row in rows)",
            DISPLAYED,
        ),
        (
            "a terminal is always told 'agrees'",
            "VERDICTS[row.verdict][lang]",
            "VERDICTS[AGREES][lang]",
            "test_a_terminal_is_told_of_each_tensor",
        ),
        ("the build is always told 'agrees'", '{"verdict": certificate.verdict,', '{"verdict": AGREES,', BUILD),
        (
            "the build is not told what is wrong",
            'message = str(certificate.mismatch()) if certificate.verdict == DISAGREES else ""',
            'message = ""',
            BUILD,
        ),
        (
            "a doubt is not explained",
            "_doubt(certificate, lang), *(note",
            '"", *(note',
            "test_a_doubt_says_of_each_tensor_what_might_not_show",
        ),
        (
            "nobody is told the notes",
            "*(note[lang] for note in certificate.notes)) if each",
            ") if each",
            "test_a_ledger_shows_the_truth_its_conditions_and_its_notes",
        ),
        (
            "an exact 0 is said to be blunt",
            "if entries and all(row.zero for row in rows):",
            "if False:",
            "test_what_is_exactly_0_is_said_to_be",
        ),
    ),
    *mistakes_in(
        "derivations/pages/templates/ledger/account.md.j2",
        "tests/pages/test_ledger_pages.py",
        (
            "a page says 'agrees' always",
            "marked(account.entry.verdict)",
            'marked("agrees")',
            "test_an_account_that_does_not_agree_says_so",
        ),
        (
            "a page says of every run that it agrees",
            "marked(run.recorded.verdict)",
            'marked("agrees")',
            "test_an_account_that_does_not_agree_says_so",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/testing/tried.py",
        "tests/torch_bridge/testing/test_testing.py",
        (
            "assert_gradient does not raise",
            "            if rows := disagreeing(certificate):\n",
            "            if False:\n",
            "test_wrong_there_alone_is_wrong",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/testing/__init__.py",
        "tests/torch_bridge/testing/test_testing.py",
        (
            "assert_gradient passes what cannot be told",
            "    if nearest.sharpest >= wanted:",
            "    if False:",
            "test_a_dtype_in_which_a_wrong_factor_would_not_show_does_not_pass",
        ),
        (
            "assert_gradient is content with gradients of 0",
            "[each for each in certificates if not each[1].zero]",
            "certificates",
            "test_a_dtype_in_which_a_wrong_factor_would_not_show_does_not_pass",
        ),
    ),
)
