"""The criteria of torch: how each is recognised, and what it computes."""
