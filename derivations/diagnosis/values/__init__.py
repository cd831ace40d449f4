"""What programs come to, with how far rounding may move it."""
