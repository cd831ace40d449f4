"""Index calculus on SymPy expressions: symbols, rewrite rules, the judge, printing. Needs SymPy alone."""
