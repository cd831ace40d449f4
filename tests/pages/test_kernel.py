"""Every lesson runs as if it were the only one; what goes wrong in it is one sentence that says where."""

import os
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy
import pytest
from mkdocs.exceptions import PluginError
from small_sites import ROOT, code, prose

from derivations.pages import execute
from derivations.pages.execute import Kernel
from derivations.pages.lesson import read_lesson
from derivations.pages.outputs import Outputs
from derivations.pages.process import FORKS, Stream

#: What a lesson can leave changed: how, and what shows it.
KINDS = {
    "variables": ("left_over = 1", "'left_over' in globals()"),
    "the last value": ("'left over'", "str(_)"),
    "the current folder": ("os.chdir('/')", "os.getcwd()"),
    "environment variables": ("os.environ['LEFT_OVER'] = 'x'", "os.environ.get('LEFT_OVER')"),
    "sys.path": ("sys.path.insert(0, '/left')", "sys.path[0]"),
    "imported modules": ("import wave", "'wave' in sys.modules"),
    "random": ("random.seed(5)", "random.random()"),
    "numpy.random": ("numpy.random.seed(5)", "numpy.random.rand()"),
    "numpy's printing": ("numpy.set_printoptions(precision=2)", "numpy.get_printoptions()['precision']"),
    "numpy's errors": ("numpy.seterr(all='ignore')", "numpy.geterr()"),
    "torch's random numbers": ("torch.manual_seed(5)", "torch.get_rng_state().sum().item()"),
    "torch's dtype": ("torch.set_default_dtype(torch.float64)", "torch.get_default_dtype()"),
    "torch's device": ("torch.set_default_device('meta')", "torch.get_default_device()"),
    "torch's threads": ("torch.set_num_threads(3)", "torch.get_num_threads()"),
    "torch's determinism": (
        "torch.use_deterministic_algorithms(True)",
        "torch.are_deterministic_algorithms_enabled()",
    ),
    "anomaly mode": ("torch.autograd.set_detect_anomaly(True)", "torch.is_anomaly_enabled()"),
    "grad mode": ("torch.set_grad_enabled(False)", "torch.is_grad_enabled()"),
    "matmul's precision": ("torch.set_float32_matmul_precision('medium')", "torch.get_float32_matmul_precision()"),
    "denormal numbers": (
        "torch.set_flush_denormal(True)",
        "(torch.tensor([1e-310], dtype=torch.float64, device='cpu') * 0.5).item() > 0",
    ),
    "torch's printing": ("torch.set_printoptions(precision=1)", "torch._tensor_str.PRINT_OPTS.precision"),
    "decimal": ("decimal.getcontext().prec = 5", "decimal.getcontext().prec"),
    "mpmath": ("mpmath.mp.dps = 5", "mpmath.mp.dps"),
    "warnings": ("warnings.simplefilter('error')", "warnings.filters[0]"),
    "how warnings look": ("warnings.formatwarning = lambda *_: 'x'", "warnings.formatwarning('', UserWarning, '', 1)"),
    "the locale": ("locale.setlocale(locale.LC_ALL, 'C.UTF-8')", "locale.setlocale(locale.LC_NUMERIC)"),
    "the recursion limit": ("sys.setrecursionlimit(5000)", "sys.getrecursionlimit()"),
    "long numbers": ("sys.set_int_max_str_digits(0)", "sys.get_int_max_str_digits()"),
    "builtins": ("builtins.abs = len", "abs.__name__"),
    "a patched module": ("math.pi = 3", "math.pi"),
    "a patched class": ("torch.Tensor.mean = None", "torch.Tensor.mean is None"),
    "standard output": ("sys.stdout = sys.__stdout__ = io.StringIO()", "type(sys.stdout).__name__"),
    "signals": ("signal.signal(signal.SIGINT, signal.SIG_IGN)", "str(signal.getsignal(signal.SIGINT))[:20]"),
    "garbage collection": ("gc.disable()", "gc.isenabled()"),
    "threads": ("threading.Thread(target=time.sleep, args=[99]).start()", "threading.active_count()"),
    "open files": ("os.dup2(os.dup(1), 77)", "os.path.exists('/dev/fd/77')"),
    "the temporary folder": (
        "open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()",
        "os.listdir(tempfile.gettempdir())",
    ),
}

IMPORTS = """\
import builtins, decimal, gc, io, locale, math, os, random, signal, sys, tempfile, threading, time, warnings
import mpmath, numpy, torch"""
LOOKS = "{" + ", ".join(f"{kind!r}: repr({look})" for kind, (_, look) in KINDS.items()) + "}"
LOOKS_AROUND = code(IMPORTS) + code(LOOKS)
LEAVES_A_MESS = "".join(code(line) for line in (IMPORTS, *(mess for mess, _ in KINDS.values()), LOOKS))


def run(kernel, source):
    return kernel.run(read_lesson(source, "a.py"))


def seen(results):
    """What the last cell shows."""
    return eval(results[-1]["outputs"][0]["data"]["text/plain"])


@pytest.fixture(scope="module")
def lessons():
    """What is seen by a lesson alone, by one that has made a mess, and by one after it."""
    with closing(Kernel(ROOT)) as kernel:
        return {
            name: seen(run(kernel, source))
            for name, source in [("alone", LOOKS_AROUND), ("mess", LEAVES_A_MESS), ("after", LOOKS_AROUND)]
        }


@pytest.mark.parametrize("kind", KINDS)
def test_a_lesson_does_not_see_the_one_before_it(lessons, kind):
    assert lessons["mess"][kind] != lessons["alone"][kind]
    assert lessons["after"][kind] == lessons["alone"][kind]


@pytest.fixture
def kernel():
    with closing(Kernel(ROOT)) as kernel:
        yield kernel


def test_what_a_lesson_starts_ends_with_it(kernel):
    starts = "import subprocess", "child = subprocess.Popen(['sleep', '99'])", "os.mkdir(tempfile.mkdtemp() + '/x')"
    (result,) = run(kernel, code("import os, tempfile", *starts, "os.getpid(), child.pid, tempfile.gettempdir()"))
    *processes, folder = seen([result])
    assert not Path(folder).exists()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < deadline


@pytest.mark.skipif(not FORKS, reason="elsewhere nobody is told of a process whose parent has ended")
def test_so_does_what_has_left_its_group(kernel):
    """And when one of them ends before, the lesson goes on."""
    start = 'sleeps = \'import os; os.setsid(); os.fork() and os._exit(0); os.execlp("sleep", "sleep", "%s")\''
    runs = "for seconds in ('0', '97.531'): subprocess.run([sys.executable, '-c', sleeps % seconds])"
    run(kernel, code("import os, signal, subprocess, sys, time", start, runs, "time.sleep(0.3)") + code("1"))
    run(kernel, code("import os, signal", "os.kill(os.getppid(), signal.SIGCHLD)") + code("1"))
    deadline = time.monotonic() + 20
    while any(b"97.531" in _command(path) for path in Path("/proc").glob("[0-9]*/cmdline")):
        assert time.monotonic() < deadline


def _command(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(os.name != "posix", reason="elsewhere it is not known which process a folder belonged to")
def test_the_folder_of_a_process_that_was_killed_is_removed(kernel, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    ours, others = tmp_path / f"gl-{os.getpid()}-1", tmp_path / "gl-of-others"
    for folder in (tmp_path / f"gl-{ended.pid}-1" / "left", ours, others):
        folder.mkdir(parents=True)
    run(kernel, code("1"))
    assert set(tmp_path.iterdir()) == {ours, others}


def test_without_forks_a_lesson_has_a_process_of_its_own_too():
    with closing(Kernel(ROOT, forks=False)) as kernel:
        mess = code("import builtins", "builtins.abs = len", "abs('three')")
        assert seen(run(kernel, mess)) == 5
        assert seen(run(kernel, code("abs(-3)"))) == 3
        with pytest.raises(PluginError, match=r"a.py:1: .*exit code 3"):
            run(kernel, code("import os", "os._exit(3)"))


#: What a cell does, and what is said of it. The cell begins on line 4.
WRONG = {
    "no Python": ("x = (", "SyntaxError: incomplete input (line 1 of the cell)"),
    "bad indentation": (
        "if True:\nx = 1",
        "IndentationError: expected an indented block after 'if' statement on line 1 (line 2",
    ),
    "an error": ("1 / 0", "ZeroDivisionError: division by zero"),
    "without words": ("raise ValueError", "ValueError\n"),
    "of its own words": ("class E(Exception):\n    def __str__(self): return 1 / 0\nraise E", "ZeroDivisionError: "),
    "an interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "several": ("raise ExceptionGroup('both', [ValueError(), KeyError()])", "ExceptionGroup: both (2 sub-exceptions)"),
    "an exit": ("exit()", "SystemExit"),
    "sys.exit": ("import sys; sys.exit('enough')", "SystemExit: enough"),
    "too deep": ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
    "too large": ("x = 'a' * 10**15", "MemoryError"),
    "a question": ("input('name? ')", "EOFError: EOF when reading a line"),
    "a debugger": ("breakpoint()", "BdbQuit"),
    "a magic": ("%nothing", "UsageError: Line magic function `%nothing` not found."),
    "a cell magic": ("%%nothing\nx", "UsageError: Cell magic `%%nothing` not found."),
    "awaiting": ("import asyncio\nawait asyncio.wait_for(asyncio.sleep(9), 0.01)", "TimeoutError"),
    "a surrogate": ("print('\\ud800')", "UnicodeEncodeError: "),
    "not shown": ("class A:\n    def _repr_html_(self): return 1 / 0\nA()", "ZeroDivisionError: division by zero"),
    "no JSON": ("display({'text/plain': {1, 2}}, raw=True)", "TypeError: a set cannot be shown on a page"),
    "no text": (
        "display({'text/html': ['<b>']}, raw=True)",
        "TypeError: a list cannot be shown on a page as text/html",
    ),
    "no text at all": (
        "class A:\n    def _repr_mimebundle_(self, **_): return {'image/png': 5}\nA()",
        "TypeError: a int cannot be shown on a page as image/png",
    ),
    "no metadata": ("display({'text/plain': 'x'}, metadata=[1], raw=True)", "TypeError: "),
    "a thread": (
        "import threading\nthread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()",
        "ZeroDivisionError: division by zero\n",
    ),
    "no builtins": ("__builtins__ = {}\nprint(1)", "NameError: name 'print' is not defined"),
    "closed output": ("import sys; sys.stdout.close()\nprint(1)", "ValueError: I/O operation on closed file."),
    "tracing": ("import sys; sys.settrace(lambda *_: 1 / 0)", "ZeroDivisionError"),
    "a warning": ("import warnings; warnings.simplefilter('error'); warnings.warn('no')", "UserWarning: no"),
    "a disagreement": (
        "told = {'verdict': 'disagrees', 'message': 'm'}\n"
        "display({'application/vnd.deri' 'vations.certificate+json': told}, raw=True)",
        "the two bookkeepers disagree\nm",
    ),
    "no certificate": (
        "display({'application/vnd.deri' 'vations.certificate+json': 5}, raw=True)",
        "what is shown as application/vnd.derivations.certificate+json is no certificate.",
    ),
}
TOO_MUCH = "this cell's outputs are larger than 1 MB. Nobody reads that much on a page: print or show less."
DIED = "while it ran this cell, the Python process "
#: The same, where the process cannot be used again.
FATAL = {
    "printing": ("while True: print('x' * 1000)", TOO_MUCH),
    "printing on": ("import os\nwhile True: os.write(2, b'x' * 1000)", TOO_MUCH),
    "showing": ("while True: display('x' * 1000)", TOO_MUCH),
    "leaving": ("import os; os._exit(3)", f"{DIED}ended (exit code 3)"),
    "killed": ("import os; os.kill(os.getpid(), 9)", f"{DIED}was killed (SIGKILL)"),
    "stopped": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", f"{DIED}was killed (SIGKILL)"),
    "killing the other": ("import os; os.kill(os.getppid(), 9)\nwhile True: pass", DIED),
    # Python ends with 1, or with 120 where it could not flush.
    "taking its pipes": ("import os; os.closerange(0, 99)", f"{DIED}ended (exit code 1"),
    "another's message": (
        "import os\nfor each in range(3, 30):\n    try: os.write(each, b'[]\\n')\n    except OSError: pass",
        f"{DIED}ended",
    ),
    "no end": ("while True: pass", "this cell ran for more than 1 seconds."),
}


@pytest.fixture(scope="module")
def one_kernel():
    with closing(Kernel(ROOT)) as kernel:
        yield kernel


def said(kernel, cell):
    with pytest.raises(PluginError) as caught:
        run(kernel, code("x = 1") + code(cell) + code("y = 2"))
    return f"{caught.value}\n"


@pytest.mark.parametrize(("cell", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_in_a_cell_is_said_in_a_sentence(one_kernel, cell, sentence):
    assert said(one_kernel, cell).startswith(f"a.py:4: {sentence}")
    assert seen(run(one_kernel, code("5"))) == 5


@pytest.mark.parametrize(("cell", "sentence"), FATAL.values(), ids=FATAL)
def test_a_process_that_is_lost_is_told_in_a_sentence(one_kernel, cell, sentence, monkeypatch):
    run(one_kernel, code("5"))  # it is there
    if "more than 1 seconds" in sentence:
        monkeypatch.setattr(execute, "SECONDS_PER_STEP", 1)
    assert said(one_kernel, cell).startswith(f"a.py:4: {sentence}")
    assert seen(run(one_kernel, code("5"))) == 5


def test_what_is_wrong_in_an_expression_is_said_with_its_line(kernel):
    with pytest.raises(PluginError, match=r"a.py:6: {{ n \+ }}: SyntaxError: invalid syntax$"):
        run(kernel, code("n = 1") + prose("一 {{ n }}\n{{ n + }}", "one {{ n }}\n{{ n + }}"))


def test_outputs_are_those_of_a_notebook(kernel):
    shown = code(
        "import sys, subprocess, warnings",
        "print('one'); print('two', file=sys.stderr)",
        "subprocess.run(['echo', 'three'])",
        "handle = display('four', display_id=True)",
        "warnings.warn('five')",
        "print('fix\\rsix')",
        "from IPython.display import Image",
        "Image(b'\\x89PNG', format='png')",
    )
    _, first, again, cleared, passage = run(
        kernel,
        code("x = -1")
        + shown
        + code("handle.update('4')")
        + code("from IPython.display import clear_output", "print(1)", "clear_output(wait=True)", "print(2)")
        + prose("{{ x }} {{ x:.2f }}"),
    )
    assert first["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": "one\nthree\nsix\n"},
        {"output_type": "stream", "name": "stderr", "text": "two\nUserWarning: five\n"},
        {"output_type": "display_data", "data": {"text/plain": "'4'"}, "metadata": {}},
        {
            "output_type": "execute_result",
            "data": {"image/png": "iVBORw==", "text/plain": "<IPython.core.display.Image object>"},
            "metadata": {},
        },
    ]
    assert again["outputs"] == []
    assert cleared["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "2\n"}]
    assert passage["values"] == {"x": "-1", "x:.2f": "-1.00"}


def test_a_long_line_takes_no_time():
    """To look for what a progress bar has overwritten once took a time that grew with the square of its length."""
    outputs = Outputs()
    outputs.take("x" * 900_000, "", {})
    outputs.take("\ry\n1\r2\r\n", "", {})
    assert outputs.cell == [{"output_type": "stream", "name": "stdout", "text": "y\n2\r\n"}]


def test_a_mark_may_come_in_pieces():
    stream = Stream(b"MARK")
    for piece in (b"one MA", b"RKtwoM", b"A", b"RKMARKrest"):
        stream.add(piece)
    assert [*stream.pieces, bytes(stream.rest)] == [b"one ", b"two", b"", b"rest"]


def test_random_numbers_are_the_same_in_every_build(one_kernel):
    draws = "import random, numpy, torch; [random.random(), numpy.random.rand(), torch.initial_seed()]"
    assert seen(run(one_kernel, code(draws))) == [random.Random(0).random(), numpy.random.RandomState(0).rand(), 0]


def test_what_python_tells_developers_is_not_for_readers(kernel):
    warns = "warnings.warn('old', {})".format
    kinds = ("DeprecationWarning", "PendingDeprecationWarning", "ImportWarning", "ResourceWarning")
    (result,) = run(kernel, code("import warnings", *map(warns, kinds), "warnings.warn('seen', FutureWarning)"))
    assert [each["text"] for each in result["outputs"]] == ["FutureWarning: seen\n"]


@pytest.mark.skipif(not FORKS, reason="needs os.fork")
def test_a_lesson_that_forks_runs_on_once(kernel, tmp_path):
    says = f"open({str(tmp_path / 'said')!r}, 'a').write('x')"
    _, after = run(kernel, code("import os", "child = os.fork()", "child and os.waitpid(child, 0) and 1") + code(says))
    assert seen([after]) == 1
    assert (tmp_path / "said").read_text() == "x"
