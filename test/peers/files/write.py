"""write.py DIRECTORY SEED: files of every format by NumPy, h5py, pyarrow, kaldiio, SciPy and Python's own modules."""

import sys

import arrays
import columns
import speech
import text
from collection import Collection

collection = Collection(sys.argv[1], int(sys.argv[2]))
for module in [arrays, text, columns, speech]:
    module.write(collection)
collection.close()
