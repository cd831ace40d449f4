"""Mistakes in setting up, and in what loading the package does."""

from . import mistakes_in

SET_UP = mistakes_in(
    "bootstrap.py",
    "tests/test_setup.py",
    (
        "set-up: an environment whose Python is gone is ready",
        "    return state() == wanted() and works()",
        "    return state() == wanted()",
        "test_afresh_when_its_python_is_gone",
    ),
    (
        "set-up: the second does all again",
        "    with alone():\n        if ready():\n            return\n",
        "    with alone():\n",
        "test_killed_then_two_at_once_then_a_file_that_is_not_what_it_was",
    ),
    (
        "set-up: digests are not compared",
        'run(*PIP, "install", "--require-hashes", *PINNED, "-r", "requirements.txt")',
        'run(*PIP, "install", *PINNED, "-r", "requirements.txt")',
        "test_what_is_installed_has_a_digest_and_an_index_of_its_own_is_for_torch_alone",
    ),
    (
        "set-up: another torch will do",
        "if ask(version) != pinned:",
        "if ask(version) is None:",
        "test_what_is_installed_has_a_digest_and_an_index_of_its_own_is_for_torch_alone",
    ),
    (
        "set-up: pip goes on when the lock is free",
        "os.set_inheritable(file.fileno(), True)",
        "pass",
        "test_what_a_set_up_started_keeps_others_waiting_when_it_is_gone",
    ),
)
LOADING = mistakes_in(
    "derivations/__init__.py",
    "tests/test_import.py",
    (
        "package: names that are not loaded yet are not listed",
        "return sorted({*globals(), *_ON_FIRST_USE, *_MODULES})",
        "return sorted(globals())",
        "test_every_public_name_is_there",
    ),
)
INTERRUPTS = mistakes_in(
    "derivations/cli/__init__.py",
    "tests/cli/test_interrupted.py",
    (
        "command: an interrupt is swallowed while it is loaded",
        "            with interrupts.held():\n                from .run import run\n",
        "            from .run import run\n",
        "test_nobody_swallows_it_while_modules_are_loaded",
    ),
)
MISTAKES = (*SET_UP, *LOADING, *INTERRUPTS)
