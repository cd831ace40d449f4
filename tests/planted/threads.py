"""Mistakes that show where several threads meet in one process, where a derivation leaves it, and where mutants die."""

from . import mistakes_in

CALCULUS, THREADS = "derivations/index_calculus", "tests/test_threads.py"
AS_ONE = "test_four_threads_find_what_one_finds_and_leave_the_process_as_it_was"
WAITS = "test_who_judges_or_derives_waits_for_its_turn"

MISTAKES = (
    *mistakes_in(
        f"{CALCULUS}/judging/digits.py",
        THREADS,
        (
            "numbers of 50 digits are those of the process",
            "    context = mpmath.MPContext()\n",
            "    context = mpmath.mp\n",
            AS_ONE,
        ),
        (
            "the digits of the process are set for a while",
            "        _of_one(1), _of_one(working.mpf(1000) / 7)\n",
            "        _of_one(1), _of_one(working.mpf(1000) / 7)\nmpmath.mp.dps = DIGITS\n",
            AS_ONE,
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/memoised.py",
        THREADS,
        (
            "there is a lock for each thread",
            "        with TURN:\n            return function(*args, **options)\n\n    return in_turn",
            "        with threading.RLock():\n            return function(*args, **options)\n\n    return in_turn",
            WAITS,
        ),
        (
            "what is kept is waited for",
            "        if key not in known:\n            with TURN:\n                if key not in known:\n"
            "                    known[key] = function(*args, **options)\n",
            "        with TURN:\n            if key not in known:\n"
            "                known[key] = function(*args, **options)\n",
            "test_what_is_kept_may_be_had_while_another_derives",
        ),
        (
            "who waited for a derivation carries it out again",
            "            with TURN:\n                if key not in known:\n                    known[key]",
            "            with TURN:\n                if True:\n                    known[key]",
            "test_what_several_threads_ask_for_is_carried_out_once",
        ),
        (
            "a forked process has the lock of a thread that it has not",
            "os.register_at_fork(before=TURN.acquire, after_in_parent=TURN.release, after_in_child=TURN.release)",
            "pass",
            "test_a_forked_process_does_not_wait_for_a_thread_that_it_does_not_have",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/evaluator.py",
        THREADS,
        (
            "the digits of the process are set while something is evaluated",
            "        return code(self, names)\n\n    @property\n    def taken",
            "        import mpmath\n\n        with mpmath.workdps(60):\n            return code(self, names)\n\n"
            "    @property\n    def taken",
            AS_ONE,
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/judge.py",
        THREADS,
        ("two threads judge at once", "    @alone\n    def __call__(", "    def __call__(", WAITS),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/crosscheck.py",
        THREADS,
        ("two threads give second opinions at once", "@alone\ndef crosscheck(", "def crosscheck(", WAITS),
    ),
    *mistakes_in(
        "derivations/torch_bridge/accounts/autograd.py",
        THREADS,
        (
            "every warning of the process is silenced for a while",
            "    with torch.inference_mode(False), torch.enable_grad():\n",
            "    import warnings\n\n"
            "    with torch.inference_mode(False), torch.enable_grad(), warnings.catch_warnings():\n",
            "test_targets_that_broadcast_are_certified_without_touching_the_filters_of_warnings",
        ),
        (
            "torch warns of targets that the notes name",
            "setup.criterion(*_broadcast(batch, outputs, operands))",
            "setup.criterion(outputs, *operands)",
            "test_targets_that_broadcast_are_certified_without_touching_the_filters_of_warnings",
        ),
    ),
    *mistakes_in(
        "derivations/derivation.py",
        "tests/test_derivation.py",
        (
            "a derivation that was not judged can be unpickled",
            "    def __reduce__(self)",
            "    def _reduce(self)",
            "test_what_was_not_judged_cannot_be_unpickled_or_copied",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/rules/sums.py",
        "tests/test_derivation.py",
        (
            "a rule is a function made on the spot",
            'return Rule("collapse", _collapse, only)',
            'return Rule("collapse", lambda *given: _collapse(*given, *only))',
            "test_a_derivation_can_be_pickled_and_copied",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/judge.py",
        "tests/test_every_derivation.py",
        (
            "whatever differs is said not to be defined",
            "            if isinstance(got, str) or not _same(expected, got, evaluate.digits):\n",
            "            if isinstance(got, str) or not _same(expected, got, evaluate.digits):\n"
            '                expected = got = "undefined: "\n',
            "test_every_line_holds_and_nothing_else_would[MSELoss()]",
        ),
    ),
    *mistakes_in(
        "tests/mutants.py",
        "tests/test_closed_form.py",
        (
            "every wrong copy of the code dies before anything is compared",
            "text = ast.unparse(tree)",
            'text = "def gradients():\\n    raise ValueError"',
            "test_every_wrong_copy_of_the_code_is_rejected",
        ),
    ),
    *mistakes_in(
        "derivations/ledger.py",
        "tests/test_ledger.py",
        (
            "a layer of the ledger uses up random numbers",
            "    model = torch.nn.utils.skip_init(nn.Linear, features, classes, ",
            "    model = nn.Linear(features, classes, ",
            "test_it_repeats_itself_and_leaves_the_random_numbers_alone",
        ),
        (
            "a layer of the ledger rewinds random numbers",
            "    model = torch.nn.utils.skip_init(nn.Linear, features, classes, ",
            "    with torch.random.fork_rng(devices=[]):\n        model = nn.Linear(features, classes, ",
            "test_it_repeats_itself_and_leaves_the_random_numbers_alone",
        ),
    ),
)
