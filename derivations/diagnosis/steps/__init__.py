"""What a training step did with the parts of a batch, and how that is said."""
