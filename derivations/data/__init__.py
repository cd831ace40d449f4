"""Derivations and closed forms as plain data, for whoever judges or evaluates them without SymPy."""

from .documents import VERSION, as_data, closed_form_as_data

__all__ = ["VERSION", "as_data", "closed_form_as_data"]
