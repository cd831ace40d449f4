"""How far an evaluation of a gradient may be off, entry by entry."""
