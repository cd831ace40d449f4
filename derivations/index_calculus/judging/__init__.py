"""Are two formulas equal? Evaluated exactly or to 50 digits, on all sides of every corner, and once without any rule."""
