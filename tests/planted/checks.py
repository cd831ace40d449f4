"""Mistakes in `derivations check`: how a file is loaded, how its function is called, what is said and how it ends."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "derivations/torch_bridge/callables/calling.py",
        "tests/torch_bridge/callables/test_calling.py",
        (
            "a gradient in W stays as (D, C)",
            "if role == WEIGHT and self.weight == TRANSPOSED and value.ndim == 2:",
            "if False:",
            "test_gradients_come_back_as_torch_has_them",
        ),
        (
            "numpy code is given tensors",
            "return _as_numpy(value) if self.arrays == NUMPY else value",
            "return value",
            "test_gradients_come_back_as_torch_has_them",
        ),
        (
            "labels are never one-hot",
            "if targets or not labels else (INDICES, ONE_HOT_ROWS)",
            "if targets or not labels else (INDICES,)",
            "test_the_form_with_which_it_runs",
        ),
        (
            "the layer that is tried is another each time",
            "generator = torch.Generator().manual_seed(0)\n        with",
            "generator = torch.Generator().manual_seed(torch.seed())\n        with",
            "test_the_model_is_the_same_each_time",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/callables/signatures.py",
        "tests/torch_bridge/callables/test_calling.py",
        (
            "arguments go by their order alone",
            "        if found := _filled(roles, wanted):",
            "        if False and (found := _filled(roles, wanted)):",
            "test_what_arguments_are",
        ),
    ),
    *mistakes_in(
        "derivations/cli/check_function.py",
        "tests/cli/test_check_command.py",
        (
            "a diagnosis that disagrees is dropped",
            "if wrong.diagnosis is None else wrong.diagnosis",
            "if not wrong.diagnosis else wrong.diagnosis",
            "test_a_mistake_is_named",
        ),
        (
            "a line to rerun that tries everything",
            "    if trial is not None:\n        options",
            "    if False:\n        options",
            "test_the_line_to_rerun_tries_what_went_wrong",
        ),
        (
            "what cannot be told is called right",
            "return Diagnosis(CANNOT_TELL, TOO_WIDE)",
            "return Diagnosis(AGREES, TOO_WIDE)",
            "test_what_cannot_be_told_is_3",
        ),
    ),
    *mistakes_in(
        "derivations/cli/loading.py",
        "tests/cli/test_check_command.py",
        (
            "what a file prints is mixed with the answer",
            "with redirect_stdout(sys.stderr):",
            "with redirect_stdout(sys.stdout):",
            "test_its_neighbours_are_found_and_nothing_is_left_behind",
        ),
        (
            "a traceback shows our own frames",
            "[frame for frame in told.stack if _same(frame.filename, file)]",
            "[*told.stack]",
            "test_an_error_in_the_function_is_its_own_traceback",
        ),
    ),
)
