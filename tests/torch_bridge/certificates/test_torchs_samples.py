"""The samples that torch tests its own losses with: what torch computes, we certify."""

import json
import subprocess
import sys
from pathlib import Path


def test_every_sample_of_torchs_own_agrees():
    program = [sys.executable, str(Path(__file__).with_name("torchs_samples.py"))]
    samples = json.loads(subprocess.run(program, capture_output=True, check=True, text=True, encoding="utf-8").stdout)
    assert len(samples) >= 2 * 261  # as many as torch 2.13 has, in two dtypes
    assert [each for each in samples if each[-1] != "agrees"] == []
