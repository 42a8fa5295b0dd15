"""Kaldi's archives and lists, by kaldiio; WAV, by SciPy and Python's wave. Of sound, the rows are samples."""

import wave

import kaldiio
import numpy as np
from scipy.io import wavfile


def write(collection):
    for how in [{}, {'text': True}] + [{'compression_method': method} for method in range(1, 8)]:
        for dtype in ['f4', 'f8']:
            write_archive(collection, dtype, how)
    for bits in [8, 16, 24, 32]:
        for channels in [1, 2, 3]:
            write_wave(collection, bits, channels)
    for dtype in ['u1', 'i2', 'i4', 'i8', 'f4', 'f8']:
        write_scipy(collection, dtype)


def write_archive(collection, dtype, how):
    count, width = 20, int(collection.choose(2, 3, 13))
    matrices = {f'utt-{i}': collection.random.standard_normal((count + i, width)).astype(dtype) * 10 for i in range(3)}
    name = collection.name('.ark')
    kaldiio.save_ark(collection.path(name), matrices, scp=collection.path(f'{name}.scp'), **how)
    read = {key: np.asarray(matrix) for key, matrix in kaldiio.load_ark(collection.path(name))}
    tolerance = 2.0**-20 if how else 0  # kaldiio computes in single precision, and reads text so
    collection.add(name, np.concatenate(list(read.values())), f'{dtype} {how}', tolerance=tolerance)
    if 'text' in how:
        return
    collection.add(f'{name}.scp', np.concatenate(list(read.values())), f'{dtype} {how}', tolerance=tolerance)
    lines = [line.rstrip('\n') for line in open(collection.path(f'{name}.scp'))]
    ranges = [(2, 9), (0, 0), (19, 21)]
    with open(collection.path(f'{name}.parts.scp'), 'w') as file:
        file.writelines(f'{line}[{first}:{last}]\n' for line, (first, last) in zip(lines, ranges))
    parts = [matrix[first : last + 1] for matrix, (first, last) in zip(read.values(), ranges)]
    collection.add(f'{name}.parts.scp', np.concatenate(parts), f'{dtype} {how} {ranges}', tolerance=tolerance)


def write_wave(collection, bits, channels):
    name, samples = collection.name('.wav'), 400
    content = collection.random.bytes(samples * channels * bits // 8)
    with wave.open(collection.path(name), 'wb') as file:
        file.setparams((channels, bits // 8, 16000, samples, 'NONE', ''))
        file.writeframes(content)
    with wave.open(collection.path(name)) as file:
        octets = np.frombuffer(file.readframes(samples), 'u1').reshape(samples, channels, bits // 8).astype('i8')
    values = sum(octets[..., i] << 8 * i for i in range(bits // 8))
    values = values - 128 if bits == 8 else np.where(values >> bits - 1, values - (1 << bits), values)
    for channel in range(channels):
        collection.add(name, values[:, channel : channel + 1] * 2.0 ** (16 - bits), f'{bits} bits', channel=channel + 1)


def write_scipy(collection, dtype):
    name, samples = collection.name('.wav'), collection.numbers(dtype, (400, 2))
    if dtype[0] == 'f':
        samples = collection.random.uniform(-1, 1, (400, 2)).astype(dtype)
    wavfile.write(collection.path(name), 8000, samples)
    rate, read = wavfile.read(collection.path(name))
    assert rate == 8000
    scaled = (read.astype('f8') - 128) * 256 if dtype == 'u1' else read.astype('f8') * (32768 if dtype[0] == 'f' else 2.0 ** (16 - 8 * read.itemsize))
    for channel in [0, 1]:
        collection.add(name, scaled[:, channel : channel + 1], f'scipy {dtype}', channel=channel + 1)
