"""The child's end of a side in Python: data in memory, lines on standard input answered by lines of JSON."""

import json
import os
import sys
import time

import numpy as np

# Passes shorter than this are repeated until they take as long, and the mean is told (as in serve.js).
LEAST_SECONDS = 0.4
MOST_PASSES = 20
ROWS_AT_A_TIME = 10_000

spec = json.loads(sys.argv[1])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what peers print, when they are imported too, must not get in between: import this first


def passes_for(seconds, least=1):
    return max(least, min(MOST_PASSES, round(LEAST_SECONDS / max(seconds, 1e-9))))


def load():
    """All rows, in memory, and the means to start from."""
    dtype = np.float32 if spec["precision"] == "f32" else np.float64
    rows = np.concatenate([np.load(path) for path in spec["files"]]).astype(dtype)
    return rows, np.load(spec["means"]).astype(dtype)


def nearest(rows, means):
    """Of each row the nearest mean."""
    labels = np.empty(len(rows), dtype=np.int64)
    means = means.astype(np.float64)
    norms = (means**2).sum(axis=1)
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        some = rows[start : start + ROWS_AT_A_TIME].astype(np.float64)
        labels[start : start + ROWS_AT_A_TIME] = (norms - 2 * some @ means.T).argmin(axis=1)
    return labels


def one_hot(rows, means):
    """Responsibilities that give each row to its nearest mean."""
    responsibilities = np.zeros((len(rows), len(means)), dtype=rows.dtype)
    responsibilities[np.arange(len(rows)), nearest(rows, means)] = 1
    return responsibilities


def flat(**arrays):
    return {name: np.asarray(array, dtype=np.float64).ravel().tolist() for name, array in arrays.items()}


def seconds_of(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Differences:
    """Seconds of a pass of something that can only be run from the start: a long run less a short one."""

    SHORT = 2

    def __init__(self, run):
        self.run = run  # run(iterations) gives the iterations that were made
        self.passes = 3
        self.run(self.SHORT)  # warms up
        self.passes = passes_for(self.seconds(), least=3)

    def seconds(self):
        made = []
        short = seconds_of(lambda: made.append(self.run(self.SHORT)))
        long = seconds_of(lambda: made.append(self.run(self.SHORT + self.passes)))
        return (long - short) / max(1, made[1] - made[0])


def serve(prepare, one_pass):
    """prepare() gives a reply, one_pass() seconds."""
    for line in sys.stdin:
        try:
            reply = prepare() if line.strip() == "prepare" else {"seconds": one_pass()}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(reply) + "\n")
        answers.flush()
