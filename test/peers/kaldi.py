"""Reads and writes Kaldi's DiagGmm and FullGmm by what its sources say (gmm/diag-gmm.cc, gmm/full-gmm.cc, matrix/), and nothing of ours."""
import json
import re
import struct
import sys

import numpy as np


class Binary:
    def __init__(self, data):
        self.data, self.at = data, 2

    def token(self):
        end = self.data.index(b' ', self.at)
        token, self.at = self.data[self.at:end].decode(), end + 1
        return token

    def size(self):
        assert self.data[self.at] == 4
        (size,) = struct.unpack_from('<i', self.data, self.at + 1)
        self.at += 5
        return size

    def numbers(self, kind, count):
        dtype = {'F': '<f4', 'D': '<f8'}[kind]
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values.astype(float)

    def vector(self):
        kind = self.token()
        assert kind[1] == 'V'
        return self.numbers(kind[0], self.size())

    def matrix(self):
        kind = self.token()
        assert kind[1] == 'M'
        rows, columns = self.size(), self.size()
        return self.numbers(kind[0], rows * columns).reshape(rows, columns)

    def packed(self):
        kind = self.token()
        assert kind[1] == 'P'
        order = self.size()
        return unpacked(self.numbers(kind[0], order * (order + 1) // 2), order)

    def is_at_end(self):
        return self.at == len(self.data)


class Text:
    def __init__(self, data):
        self.words = re.findall(r'\[[^\]]*\]|\S+', data.decode())

    def token(self):
        return self.words.pop(0)

    def vector(self):
        return np.array(self.token()[1:-1].split(), 'f4').astype(float)

    def matrix(self):
        lines = [line.split() for line in self.token()[1:-1].split('\n')]
        return np.array([line for line in lines if line], 'f4').astype(float)

    def packed(self):
        values = self.vector()
        return unpacked(values, int(np.sqrt(2 * len(values))))

    def is_at_end(self):
        return not self.words


def unpacked(values, order):
    matrix = np.zeros((order, order))
    matrix[np.tril_indices(order)] = values
    return matrix + np.tril(matrix, -1).T


def read(path):
    with open(path, 'rb') as file:
        data = file.read()
    reader = Binary(data) if data[:2] == b'\0B' else Text(data)
    kind = reader.token()
    is_full = {'<FullGMM>': True, '<DiagGMM>': False}[kind]
    assert reader.token() == '<GCONSTS>'
    gconsts = reader.vector()
    assert reader.token() == '<WEIGHTS>'
    weights = reader.vector()
    assert reader.token() == ('<MEANS_INVCOVARS>' if is_full else '<MEANS_INVVARS>')
    shifted = reader.matrix()
    assert reader.token() == ('<INV_COVARS>' if is_full else '<INV_VARS>')
    if is_full:
        precisions = np.array([reader.packed() for _ in weights])
    else:
        precisions = np.array([np.diag(row) for row in reader.matrix()])
    assert reader.token() == kind.replace('<', '</')
    assert reader.is_at_end()
    return gconsts, weights, shifted, precisions


def constants(weights, shifted, precisions):
    """ComputeGconsts, in double precision, and the sizes of its terms."""
    logdet = np.linalg.slogdet(precisions)[1]
    quadratic = np.array([m @ np.linalg.solve(p, m) for m, p in zip(shifted, precisions)])
    offset = shifted.shape[1] * np.log(2 * np.pi)
    return np.log(weights) + 0.5 * (logdet - offset - quadratic), abs(np.log(weights)) + abs(logdet) + offset + quadratic


def answer(path, rows):
    gconsts, weights, shifted, precisions = read(path)
    exact, sizes = constants(weights, shifted, precisions)
    x = np.array(rows)
    each = exact + x @ shifted.T - 0.5 * np.einsum('ni,kij,nj->nk', x, precisions, x)
    terms = sizes + abs(x) @ abs(shifted).T + np.einsum('ni,kij,nj->nk', abs(x), abs(precisions), abs(x))
    top = each.max(1)
    return {
        'components': len(weights),
        'dimensions': shifted.shape[1],
        'logLikelihoods': (top + np.log(np.exp(each - top[:, None]).sum(1))).tolist(),
        'magnitudes': (terms * condition(precisions)).max(1).tolist(),
        'gconstError': float((abs(gconsts - exact) / abs(exact)).max()),
    }


def condition(precisions):
    """What an error of a precision may become in its determinant, its mean and its inverse."""
    return np.array([np.linalg.cond(p) for p in precisions])


def write(path, form, full, weights, means, covariances, **_):
    precisions = np.linalg.inv(np.array(covariances))
    shifted = np.einsum('kij,kj->ki', precisions, np.array(means))
    gconsts = constants(np.array(weights), shifted, precisions)[0]
    letter, dtype = ('D', '<f8') if form == 'double' else ('F', '<f4')

    def size(value):
        return b'\4' + struct.pack('<i', value)

    def numbers(values):
        return np.ascontiguousarray(values, dtype).tobytes()

    def line(values):
        return ''.join(f'{value:.9g} ' for value in values)

    def vector(v):
        return f' [ {line(v)}]\n' if form == 'text' else f'{letter}V '.encode() + size(len(v)) + numbers(v)

    def matrix(m):
        if form == 'text':
            return ' [' + ''.join('\n  ' + line(row) for row in m) + ']\n'
        return f'{letter}M '.encode() + size(len(m)) + size(len(m[0])) + numbers(m)

    def packed(m):
        if form == 'text':
            return '[\n' + '\n'.join(line(row[:i + 1]) for i, row in enumerate(m)) + ']\n'
        return f'{letter}P '.encode() + size(len(m)) + numbers(m[np.tril_indices(len(m))])

    def token(text, end=''):
        return f'{text} {end}' if form == 'text' else f'{text} '.encode()

    kind = 'FullGMM' if full else 'DiagGMM'
    parts = [token(f'<{kind}>', '\n'), token('<GCONSTS>'), vector(gconsts), token('<WEIGHTS>'), vector(weights)]
    if full:
        parts += [token('<MEANS_INVCOVARS>'), matrix(shifted), token('<INV_COVARS>'), *map(packed, precisions)]
    else:
        parts += [token('<MEANS_INVVARS>'), matrix(shifted), token('<INV_VARS>'), matrix([np.diag(p) for p in precisions])]
    parts.append(token(f'</{kind}>', '\n'))
    with open(path, 'wb') as file:
        file.write(''.join(parts).encode() if form == 'text' else b'\0B' + b''.join(parts))


asked = json.load(sys.stdin)
if 'write' in asked:
    write(asked['write'], **{key: value for key, value in asked.items() if key != 'write'})
    print('{}')
else:
    print(json.dumps(answer(asked['read'], asked['rows'])))
