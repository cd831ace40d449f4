"""Many audits, by hand: `PYTHONPATH=.:tests python tests/sweep_audits.py SEEDS`.

Every network of networks.py and other_networks.py, in both dtypes and with each seed: what does not agree is printed,
and then the counts. With seed 0 each share of each node is changed in each way of share_mutants.py: what is not found
is printed too.
"""

from __future__ import annotations

import sys
from collections import Counter

import torch
from networks import DTYPES, NETWORKS
from other_networks import OTHERS
from share_mutants import MUTANTS

from derivations.torch_bridge.auditing.audit import audit
from derivations.torch_bridge.auditing.checked import checked, is_leaf
from derivations.torch_bridge.auditing.sums import dense
from derivations.torch_bridge.recording.passes import Visit
from derivations.torch_bridge.recording.recording import Recording

ALL = NETWORKS | OTHERS


def made(name: str, dtype: torch.dtype, seed: int = 0) -> tuple:
    """A model and its step, drawn with a seed."""
    torch.manual_seed(seed)
    return ALL[name](dtype)


def alarms(name: str, dtype: str, seed: int, counts: Counter) -> None:
    """One audit of a step in which nothing is wrong."""
    model, step = made(name, DTYPES[dtype], seed)
    account = audit(step, model)
    counts["nodes"] += len(account.nodes)
    counts["entries"] += sum(each.entries for each in account.nodes)
    counts.update({f"{dtype}, {status}": count for status, count in account.counts.items()})
    if not account:
        counts["alarms"] += 1
        print(name, dtype, seed, account, sep="\n")


def changed(name: str, dtype: str, counts: Counter) -> None:
    """Every share of a step, changed in every way."""
    _, step = made(name, DTYPES[dtype])
    with Recording() as recording:
        step().backward()
    for visit in recording.passes[0].visits:
        for slot, share in enumerate(visit.handed):
            if is_leaf(visit.node) or share is None or not share.numel():
                continue
            for kind, change in MUTANTS.items():
                handed = [*visit.handed]
                handed[slot] = change(dense(share))
                if torch.equal(handed[slot], dense(share)):
                    continue
                counts[f"{dtype}, mutants"] += 1
                if checked(recording, Visit(visit.node, visit.arrived, handed), 0).verdict != "disagrees":
                    counts[f"{dtype}, not found"] += 1
                    print(name, dtype, visit.node.name(), slot, kind)


def main(seeds: int) -> None:
    counts: Counter = Counter()
    for dtype in DTYPES:
        for name in ALL:
            for seed in range(seeds):
                alarms(name, dtype, seed, counts)
            changed(name, dtype, counts)
    print(dict(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
