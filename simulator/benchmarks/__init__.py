"""Benchmarks as commands: `python -m simulator bench NAME [--data DIR] [--json FILE]`, or `bench all`."""
