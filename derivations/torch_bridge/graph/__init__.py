"""The graph that torch recorded, and what its nodes are."""
