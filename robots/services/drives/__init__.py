"""Drives, laps, sections and hourly counts are derived from stored samples, step by step (steps.py).

What is read and computed happens outside any transaction; each step is then written in one of its own, unless another
worker was faster. So a stop at any point leaves whole steps, and the next run goes on from there.
"""

from .purging import drives_purge
from .worker import drives_derive, drives_derive_due, drives_end_due

__all__ = ["drives_derive", "drives_derive_due", "drives_end_due", "drives_purge"]
