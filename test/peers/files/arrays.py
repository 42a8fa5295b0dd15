"""NumPy's files and HDF5."""

import warnings

import h5py
import numpy as np

TYPES = ['<f8', '>f8', '<f4', '>f4', '<f2', '>f2', 'i1', 'u1', '<i2', '>i2', '<u2', '>u2', '<i4', '>i4', '<u4', '>u4', '<i8', '>i8', '<u8', '>u8']


def write(collection):
    for dtype in TYPES:
        write_npy(collection, dtype)
        write_npz(collection, dtype)
        for _ in range(3):
            write_hdf5(collection, dtype)
    write_compact(collection)


def write_npy(collection, dtype):
    for order in 'CF':
        name, version = collection.name('.npy'), collection.choose((1, 0), (2, 0), (3, 0))
        rows = np.asarray(collection.numbers(dtype), order=order)
        with open(collection.path(name), 'wb') as file, warnings.catch_warnings():
            warnings.simplefilter('ignore')  # versions above 1 are not read by old NumPy
            np.lib.format.write_array(file, rows, version)
        collection.add(name, rows, f'{dtype} {order} {version}')


def write_npz(collection, dtype):
    name, save = collection.name('.npz'), collection.choose(np.savez, np.savez_compressed)
    rows = collection.numbers(dtype)
    others = {'other': np.arange(3)} if collection.choose(True, False) else {}
    save(collection.path(name), frames=rows, **others)
    collection.add(name + (':/frames' if others else ''), rows, f'{dtype} {save.__name__}')


def write_hdf5(collection, dtype):
    name, rows = collection.name('.h5'), collection.numbers(dtype)
    how = {}
    if collection.choose(True, True, False):
        how['chunks'] = (int(collection.random.integers(1, len(rows) + 1)), collection.choose(1, rows.shape[1]))
        how['shuffle'] = collection.choose(True, False)
        how['fletcher32'] = collection.choose(True, False)
        how['compression'] = collection.choose(None, 'gzip', 'lzf')
        how['maxshape'] = collection.choose(None, (None, rows.shape[1]), (None, None))
    block, libver = collection.choose(0, 512, 4096), collection.choose('earliest', 'latest', 'v110')
    with h5py.File(collection.path(name), 'w', userblock_size=block, libver=libver) as file:
        group = file.create_group('a/b') if collection.choose(True, False) else file
        group.create_dataset('rows', data=rows, **how)
    refused = 'LZF' if how.get('compression') == 'lzf' else None
    collection.add(name, rows, f'{dtype} user block {block} {libver} {how}', refused)


def write_compact(collection):
    for dtype in ['f8', '>i2']:
        name, rows = collection.name('.h5'), collection.numbers(dtype, (9, 3))
        with h5py.File(collection.path(name), 'w') as file:
            creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            creation.set_layout(h5py.h5d.COMPACT)
            space, kind = h5py.h5s.create_simple(rows.shape), h5py.h5t.py_create(rows.dtype)
            h5py.h5d.create(file.id, b'rows', kind, space, creation).write(h5py.h5s.ALL, h5py.h5s.ALL, rows)
        collection.add(name, rows, f'{dtype} compact')
