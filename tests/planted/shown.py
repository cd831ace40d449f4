"""Mistakes in how verdicts are written down: the ledger, certificates and the pages."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "derivations/ledger.py",
        "tests/test_ledger.py",
        (
            "the ledger has one size",
            "itertools.product(which, sizes, dtypes)",
            "itertools.product(which, sizes[:1], dtypes)",
            "test_every_entry_is_certified_at_every_size_and_dtype",
        ),
        (
            "the ledger has one dtype",
            "itertools.product(which, sizes, dtypes)",
            "itertools.product(which, sizes, dtypes[:1])",
            "test_every_entry_is_certified_at_every_size_and_dtype",
        ),
        (
            "the manifest has one size",
            "itertools.product(FEW_SIZES, [",
            "itertools.product(FEW_SIZES[:1], [",
            "test_the_manifest_has_the_figures_of_each_certificate",
        ),
        (
            "the manifest never counts a wrong entry",
            '"wrong": row.wrong,',
            '"wrong": 0,',
            "test_what_is_wrong_is_counted",
        ),
        (
            "the ledger never counts a wrong entry",
            "return sum(row.wrong for certificate in self.certificates for row in certificate.rows)",
            "return 0",
            "test_what_is_wrong_is_counted",
        ),
        (
            "the ledger's largest deviation is the first's",
            "return max(each.worst for each in self.certificates)",
            "return self.certificates[-1].worst",
            "test_what_is_wrong_is_counted",
        ),
        (
            "the ledger counts blunt entries",
            "return sum(row.sharp for certificate",
            "return sum(row.entries for certificate",
            "test_every_entry_is_certified_at_every_size_and_dtype",
        ),
        (
            "the manifest counts blunt entries",
            '"sharp": row.sharp,',
            '"sharp": row.entries,',
            "test_the_manifest_has_the_figures_of_each_certificate",
        ),
        (
            "the manifest says that no bound is used up",
            '"part": round(row.part, 2)',
            '"part": round(row.part / 10, 2)',
            "test_the_manifest_has_the_figures_of_each_certificate",
        ),
        (
            "the manifest has the first tensor alone",
            '            for row in certificate.rows\n        ],\n        "notes"',
            '            for row in certificate.rows[:1]\n        ],\n        "notes"',
            "test_the_manifest_has_the_figures_of_each_certificate",
        ),
    ),
    *mistakes_in(
        "derivations/display/certificate.py",
        "tests/display/test_display.py",
        (
            "the closed form is shown on both sides",
            "right = _numbers(entries, lambda at: number(row.autograd[at]))",
            "right = _numbers(entries, lambda at: number(row.closed_form[at]))",
            "test_a_small_ledger_shows_every_entry_of_either_side",
        ),
    ),
    *mistakes_in(
        "derivations/display/counts.py",
        "tests/display/test_display.py",
        (
            "all bounds are said to be sharp",
            "{'all' if sharp == entries else sharp} sharply bounded",
            "{'all'} sharply bounded",
            "test_entries_and_sharp_ones_are_counted",
        ),
    ),
    *mistakes_in(
        "derivations/display/certificate.py",
        "tests/torch_bridge/certificates/test_certify.py",
    ),
    *mistakes_in(
        "derivations/display/explanation.py",
        "tests/display/test_display.py",
        (
            "the build is always told that a sample agrees",
            "data[CERTIFICATE_MIME] = certificate_bundle(explanation.sample)[0][CERTIFICATE_MIME]",
            'data[CERTIFICATE_MIME] = {"agrees": True, "message": ""}',
            "test_an_explanation_stops_the_build_when_its_sample_is_refused",
        ),
    ),
    *mistakes_in(
        "derivations/figures/samples.py",
        "tests/figures/test_loss_curves.py",
        (
            "a picture takes the slope of one side for that at a corner",
            "for side in (-2, -1, 0, 1, 2)",
            "for side in (-2, -1, -1, 1, 2)",
            "test_corners_are_found_exactly_and_only_where_there_are_any",
        ),
        (
            "a picture marks corners that a factor of 0 takes away",
            "return corner if corner.jumps or bends else None",
            "return corner",
            "test_corners_are_found_exactly_and_only_where_there_are_any",
        ),
    ),
    *mistakes_in(
        "derivations/pages/accounts.py",
        "tests/pages/test_ledger_pages.py",
        (
            "a page counts the first tensor of a run",
            "return sum(row[field] for row in self.rows)",
            "return sum(row[field] for row in self.rows[:1])",
            "test_an_account_that_does_not_agree_says_so",
        ),
        (
            "a page counts the first run",
            "return sum(run.total(field) for run in self.runs)",
            "return sum(run.total(field) for run in self.runs[:1])",
            "test_an_account_that_does_not_agree_says_so",
        ),
        (
            "a page shows the part of a bound that the first run uses",
            'return max(run.worst["part"] for run in self.runs)',
            'return self.runs[0].worst["part"]',
            "test_figures_come_from_every_tensor_of_every_run",
        ),
        (
            "a page shows the part of a bound that the first tensor uses",
            'return max(self.rows, key=lambda row: row["part"])',
            "return self.rows[0]",
            "test_figures_come_from_every_tensor_of_every_run",
        ),
    ),
    *mistakes_in(
        "derivations/pages/templates/ledger/account.md.j2",
        "tests/pages/test_ledger_pages.py",
    ),
    *mistakes_in(
        "derivations/pages/templates/ledger/index.md.j2",
        "tests/pages/test_ledger_pages.py",
        (
            "the ledger's first page says that none disagree",
            '"numbers compared, " ~ figures.total("wrong") ~ " disagree"',
            '"numbers compared, 0 disagree"',
            "test_an_account_that_does_not_agree_says_so",
        ),
        ("no dtype disagrees", '{{ found.total("wrong") }}', "0", "test_an_account_that_does_not_agree_says_so"),
    ),
    *mistakes_in(
        "derivations/pages/ledger_pages.py",
        "tests/pages/test_ledger_pages.py",
        (
            "the home page counts a tensor's formulas once for all losses",
            '{(account.entry["loss"], wrt) for account',
            "{wrt for account",
            "test_the_home_page_counts_what_disagrees",
        ),
    ),
    *mistakes_in(
        "derivations/pages/templates/ledger/figures.md.j2",
        "tests/pages/test_ledger_pages.py",
        (
            "the home page says that nothing disagrees",
            '"entries compared, " ~ figures.total("wrong") ~ " disagree"',
            '"entries compared, 0 disagree"',
            "test_the_home_page_counts_what_disagrees",
        ),
    ),
)
