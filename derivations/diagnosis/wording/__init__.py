"""What is said of mistakes, in both languages."""
