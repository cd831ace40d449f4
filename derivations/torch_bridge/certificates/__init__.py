"""Are the accounts equal? What is said of it, and raised."""
