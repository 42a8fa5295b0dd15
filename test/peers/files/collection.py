"""Files with the rows that are in them, for test/peers/files.test.ts: expected.bin has the rows as doubles, index.json says which are whose."""

import json
import os

import numpy as np


class Collection:
    """Files in a directory, made with a seed."""

    def __init__(self, directory, seed):
        self.directory = directory
        self.random = np.random.default_rng(seed)
        self.index = []
        self.offset = 0
        self.expected = open(self.path('expected.bin'), 'wb')

    def path(self, name):
        return os.path.join(self.directory, name)

    def name(self, ending):
        """A new name."""
        return f'{len(self.index):03d}{ending}'

    def choose(self, *choices):
        return choices[self.random.integers(len(choices))]

    def shape(self):
        return int(self.choose(1, 2, 7, 100, 1000)), int(self.choose(1, 2, 3, 17))

    def numbers(self, dtype, shape=None):
        """Of any size that the type has, whole or not."""
        dtype = np.dtype(dtype)
        shape = shape or self.shape()
        if dtype.kind == 'b':
            return self.random.integers(0, 2, shape).astype(dtype)
        if dtype.kind in 'iu':
            limits = np.iinfo(dtype)
            values = self.random.integers(limits.min, limits.max, shape, dtype.newbyteorder('='), endpoint=True)
            return values.astype(dtype)
        largest = self.choose(0, 3, 4 if dtype.itemsize == 2 else 30)
        return (self.random.standard_normal(shape) * 10.0 ** self.random.uniform(-largest, largest, shape)).astype(dtype)

    def add(self, name, rows, what, refused=None, tolerance=0, **options):
        """A file that is there now, and what reading it gives: rows, or a refusal with this in its message; either where both are given.
        The tolerance is a part of the largest number."""
        entry = {'file': name, 'what': what, 'options': options, 'refused': refused, 'tolerance': 0}
        if rows is not None:
            rows = np.asarray(rows, 'f8')
            assert rows.ndim == 2, what
            entry['tolerance'] = tolerance and tolerance * float(np.abs(rows).max())
            self.expected.write(np.ascontiguousarray(rows, '<f8').tobytes())
            entry.update(shape=rows.shape, offset=self.offset)
            self.offset += rows.size
        self.index.append(entry)

    def close(self):
        self.expected.close()
        with open(self.path('index.json'), 'w') as file:
            json.dump(self.index, file)
