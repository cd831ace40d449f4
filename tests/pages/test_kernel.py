"""One process runs every lesson, and each begins as if it were the first."""

from contextlib import closing

from small_sites import ROOT, code

from derivations.pages.execute import Kernel
from derivations.pages.lesson import read_lesson

LEAVES_A_MESS = (
    "import torch, warnings",
    "torch.set_default_dtype(torch.float64)",
    "torch.set_grad_enabled(False)",
    "torch.set_printoptions(precision=1)",
    'warnings.simplefilter("ignore")',
    "left_over = 1",
)
LOOKS_AROUND = (
    "import torch, warnings",
    'warnings.warn("seen")',
    'print("left_over" in globals(), torch.tensor(1.23456), (torch.zeros(1, requires_grad=True) * 2).requires_grad)',
)


def test_a_lesson_does_not_see_the_one_before_it():
    mess, look = (read_lesson(code(*lines), "a.py") for lines in (LEAVES_A_MESS, LOOKS_AROUND))
    with closing(Kernel(ROOT)) as kernel:
        kernel.run(mess)
        (result,) = kernel.run(look)
        again = [kernel.run(read_lesson(code("import torch", "print(torch.rand(1))"), "a.py")) for _ in range(2)]
    streams = {output["name"]: output["text"] for output in result["outputs"]}
    assert streams == {"stdout": "False tensor(1.2346) True\n", "stderr": "UserWarning: seen\n"}
    assert again[0] == again[1]
