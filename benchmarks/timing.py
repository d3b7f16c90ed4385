"""The fairest time of several functions on a machine that does other things, too."""

import timeit

import numpy as np


def seconds(calls, rounds=40, count=3):
    """The best time of each call; they take turns, so that other work on the machine disturbs all alike."""
    np.empty(2**21)  # allocated and freed: from then on glibc keeps memory; else page faults are measured
    timers = [call and timeit.Timer(call, setup=call) for call in calls]
    times = [[t and t.timeit(count) / count for t in timers] for _ in range(rounds)]
    return [min(column) if column[0] else None for column in zip(*times, strict=True)]
