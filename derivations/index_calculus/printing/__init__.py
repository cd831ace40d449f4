"""How index formulas are laid out, in LaTeX and in a terminal."""
