"""CSV as Python's csv writes its dialects, JSON lines as its json does, tables as NumPy does; plain and by gzip."""

import csv
import gzip
import json

import numpy as np

NAMES = ['x', 'two words', 'with "quotes"', 'a, comma', 'naïve', "it's", 'tab\there', '#', 'line\nbreak']


def write(collection):
    for _ in range(30):
        write_csv(collection)
        write_json(collection)
    for _ in range(10):
        write_table(collection)
    write_not_finite(collection)


def opener(collection, ending):
    """How a new file is opened, which may be a compressed one."""
    how = collection.choose(open, open, gzip.open)
    return collection.name(ending + ('.gz' if how is gzip.open else '')), how


def numbers(collection, columns=None):
    """Numbers that text gives back to the last bit, and how they are written."""
    rows, width = collection.shape()
    values = collection.numbers('f8', (rows, columns or width))
    written = collection.choose(repr, lambda x: format(x, '.17e'), lambda x: format(x, '.6g'), lambda x: format(x, '.3f'))
    cells = [[written(float(value)) for value in row] for row in values]
    return cells, [[float(cell) for cell in row] for row in cells]


def write_csv(collection):
    delimiter, quoting = collection.choose(',', ';', '\t', '|'), collection.choose(csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    ends = collection.choose('\n', '\r\n')
    cells, rows = numbers(collection)
    width = len(rows[0])
    names = collection.random.permutation(NAMES)[:width].tolist() if width <= len(NAMES) else None
    ending = '.tsv' if delimiter == '\t' else '.csv'
    name, how = opener(collection, ending)
    mark = collection.choose('utf-8', 'utf-8-sig')
    with how(collection.path(name), 'wt', encoding=mark, newline='') as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=ends)
        writer.writerows(([names] if names else []) + cells)
    options = {'header': names is not None}
    if delimiter not in ',\t':
        options['delimiter'] = delimiter
    collection.add(name, rows, f'{delimiter!r} {quoting} {ends!r} {mark} {names}', **options)


def write_json(collection):
    cells, rows = numbers(collection)
    is_object = collection.choose(True, False)
    names = [f'c{i}' if i % 2 else f'näme "{i}"' for i in range(len(rows[0]))]
    separators = collection.choose((', ', ': '), (',', ':'), (' ,\t', ' : '))
    name, how = opener(collection, '.jsonl')
    ends, ascii = collection.choose('\n', '\r\n'), collection.choose(True, False)
    with how(collection.path(name), 'wt', encoding='utf-8', newline='') as file:
        for row in rows:
            file.write(json.dumps(dict(zip(names, row)) if is_object else row, separators=separators, ensure_ascii=ascii) + ends)
    collection.add(name, rows, f'{is_object} {separators} {ends!r} {ascii}')


def write_table(collection):
    name, how = opener(collection, '.txt')
    rows, form = collection.numbers('f8'), collection.choose('%.18e', '%.6g', '%10.4f')
    comments, delimiter = collection.choose('', 'a comment'), collection.choose(' ', '\t', '  ')
    with how(collection.path(name), 'wt') as file:
        np.savetxt(file, rows, form, header=comments, delimiter=delimiter)
    collection.add(name, np.loadtxt(collection.path(name), ndmin=2), f'{form} {delimiter!r} {comments}')


def write_not_finite(collection):
    rows = [[1.0, float('nan')], [float('nan'), 2.5]]
    files = {
        '.jsonl': ''.join(json.dumps(row) + '\n' for row in rows),
        '.csv': 'x,y\n' + ''.join(','.join(map(str, row)) + '\n' for row in rows),
    }
    for ending, content in files.items():
        for value, result, refused, options in [('NaN', rows, None, {'onInvalid': 'missing'}), ('NaN', None, 'NaN', {}), ('Infinity', None, 'Infinity', {})]:
            name = collection.name(ending)
            changed = content.replace('NaN', value).replace('nan', value)
            with open(collection.path(name), 'w') as file:
                file.write(changed)
            collection.add(name, result, f'{value} {options}', refused, **options)
