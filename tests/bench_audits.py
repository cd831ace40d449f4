"""What an audit costs, for `make bench`, beside a real step: a GPT-like block in float32, a batch of 8 × 64."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

import derivations as dv
from derivations.torch_bridge.recording.recording import Recording

BATCH, LENGTH, WIDTH, HEADS, WORDS = 8, 64, 128, 4, 256
#: So many times larger is the batch whose memory is looked at, beside which nothing else counts.
LARGER = 16


class Block(nn.Module):
    """Causal attention and two layers forward, each behind a norm and beside what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.forwards = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.before(x)).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        attended = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        return x + self.forwards(self.between(x))


def prepared(larger: int = 1) -> tuple[nn.Module, Callable[[], None]]:
    """The model, and a step of it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(WORDS, WIDTH), Block(), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WORDS, bias=False))
    words, criterion = torch.randint(0, WORDS, (larger * BATCH, LENGTH)), nn.CrossEntropyLoss()

    def step() -> None:
        model.zero_grad()
        criterion(model(words).flatten(0, 1), words.flatten()).backward()

    return model, step


def recorded(model: nn.Module, step: Callable[[], None]) -> None:
    with Recording(model):
        step()


def seconds(run: Callable[[], object], repeat: int) -> float:
    """The least CPU time of so many runs."""
    times = []
    for _ in range(repeat):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


def peak(way: str) -> int:
    """MiB beyond what stood before, in this process."""
    model, step = prepared(LARGER)
    small = torch.ones(2, requires_grad=True)
    dv.audit(lambda: (small * small).sum())  # imports
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step() if way == "step" else recorded(model, step)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024


def main() -> None:
    torch.set_num_threads(1)
    # First: a process begins with the peak of the one that starts it.
    more, least = (
        int(subprocess.run([sys.executable, __file__, way], capture_output=True, text=True, check=True).stdout)
        for way in ("recorded", "step")
    )
    model, step = prepared()
    account = dv.audit(step, model)
    alone, watched = (seconds(run, 15) for run in (step, lambda: recorded(model, step)))
    whole = seconds(lambda: dv.audit(step, model), 3)
    nodes = len(account.nodes)
    print(f"an audit of a GPT-like step ({nodes} nodes, {account.counts}; {account.verdict})")
    print(f"  recorded / real step  {watched / alone:5.2f}   ({1e3 * watched:.1f} and {1e3 * alone:.1f} ms; at most 2)")
    print(f"  the account, a node   {1e3 * whole / nodes:5.1f}   ms; at most 40")
    print(f"  memory, recorded / real step  {more / least:5.2f}   ({more} and {least} MiB; at most 3)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(peak(sys.argv[1]))
    else:
        main()
