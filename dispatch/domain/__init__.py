"""The business rules: pure, synchronous, free of I/O, clock and randomness."""
