"""What is raised for torch objects that no derivation covers."""


class Unsupported(ValueError):
    """A model, criterion or option that no derivation covers; the message says what is covered."""
