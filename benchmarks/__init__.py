"""Measurements, never timed tests: `make bench`, or `python -m benchmarks.site`, `.build`, `.speed`, `.accuracy` one by one."""
