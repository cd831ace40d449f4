"""Somebody's function: what it takes, and how it is called."""
