"""Which mistake explains the numbers."""
