"""Formulas as LaTeX and as plain text."""
