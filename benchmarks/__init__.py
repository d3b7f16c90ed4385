"""Measurements, never timed tests: `make bench`, or `python -m
benchmarks.site`, `.build`, `.speed` one by one.

`.accuracy` and `.cost` rewrite the tables in docs/assets/data that
pages show, so they run only when they are asked for.
"""
