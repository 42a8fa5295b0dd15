"""check.py DIRECTORY: others read what was written: DIRECTORY/NAME.bin are the doubles of the rows, NAME.json their shape, beside it NAME.EXTENSION."""

import csv
import json
import os
import sys

import h5py
import kaldiio
import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet


def of_table(table):
    return np.stack([np.asarray(column) for column in table.columns], 1)


def of_text(delimiter):
    def read(path):
        with open(path, newline='') as file:
            return np.array([[float(cell) for cell in row] for row in csv.reader(file, delimiter=delimiter)])

    return read


def of_json(path):
    with open(path) as file:
        return np.array([json.loads(line) for line in file])


def of_hdf5(path):
    with h5py.File(path) as file:
        return file['data'][()]


def of_h5features(path):
    with h5py.File(path) as file:
        return file['features/features'][()]


def of_htk(path):
    """As The HTK Book, section 5.10.1, has it."""
    header = np.fromfile(path, '>i4', 2), np.fromfile(path, '>i2', 2, offset=8)
    return np.fromfile(path, '>f4', offset=12).reshape(header[0][0], header[1][0] // 4)


readers = {
    'npy': np.load,
    'csv': of_text(','),
    'tsv': of_text('\t'),
    'jsonl': of_json,
    'h5': of_hdf5,
    'h5f': of_h5features,
    'ark': lambda path: np.concatenate([matrix for _, matrix in kaldiio.load_ark(path)]),
    'htk': of_htk,
    'parquet': lambda path: of_table(parquet.read_table(path)),
    'arrow': lambda path: of_table(pa.ipc.open_file(path).read_all()),
}
directory = sys.argv[1]
for name in sorted(os.listdir(directory)):
    name, extension = name.split('.')
    if extension not in readers:
        continue
    base = os.path.join(directory, name)
    with open(f'{base}.json') as file:
        expected = np.fromfile(f'{base}.bin').reshape(json.load(file))
    rows = readers[extension](f'{base}.{extension}')
    if extension == 'htk':
        expected = expected.astype('f4')
    assert rows.shape == expected.shape, (name, extension, rows.shape)
    assert np.array_equal(rows, expected), (name, extension, np.abs(rows - expected).max())
