"""What torch has and no derivation covers: why, and what to take in its place."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from .registry import refuse

refuse(
    "what it hands to backward is the gradient only where log_softmax stands right before it, as torch's documentation "
    "asks: of its own inputs it is another vector. Explain what stands before and after it",
    nn.CTCLoss,
    F.ctc_loss,
)
