"""Are two formulas equal? Evaluated exactly or to 50 digits, on all sides of corners, and once without any rule."""
