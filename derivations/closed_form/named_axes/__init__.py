"""Index formulas as assignments over arrays with named axes: read, and written as code."""
