"""Matrix forms: what they are made of, how they are found in index formulas, and their LaTeX."""
