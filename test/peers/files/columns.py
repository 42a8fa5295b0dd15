"""Parquet and Arrow, by pyarrow."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

TYPES = ['f8', 'f4', 'f2', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', '?']


def write(collection):
    for _ in range(60):
        write_parquet(collection)
        write_arrow(collection)
    for wrap in [fixed, listed, large]:
        for dtype in ['f8', 'f4', 'i4']:
            write_lists(collection, wrap, dtype)


def make_table(collection):
    """Columns of any types, with or without nulls; the rows, what it is."""
    count, width = collection.shape()
    types = [collection.choose(*TYPES) for _ in range(width)]
    has_nulls, repeats = width > 1 and collection.choose(False, True), collection.choose(False, True)
    columns, fields = [], []
    for place, dtype in enumerate(types):
        values = collection.numbers(dtype, (count,))
        if repeats:
            values = values[collection.random.integers(0, min(count, 5), count)]
        missing = collection.random.random(count) < 0.2 if has_nulls and place > 0 else None  # a row of nothing is refused
        column = pa.array(values, mask=missing)
        columns.append(column)
        fields.append(pa.field(f'c{place}', column.type, nullable=has_nulls or collection.choose(True, False)))
    rows = np.stack([[np.nan if value is None else float(value) for value in column.to_pylist()] for column in columns], 1)
    return pa.table(columns, pa.schema(fields)), rows, f'{types} nulls {has_nulls} repeats {repeats}', {'onInvalid': 'missing'} if has_nulls else {}


def write_parquet(collection):
    table, rows, what, options = make_table(collection)
    codec = collection.choose('none', 'snappy', 'gzip', 'zstd', 'lz4', 'brotli')
    how = dict(
        compression=codec,
        version=collection.choose('1.0', '2.4', '2.6'),
        data_page_version=collection.choose('1.0', '2.0'),
        data_page_size=collection.choose(64, 1024, 2**20),
        row_group_size=collection.choose(3, 250, 2**20),
        write_page_index=collection.choose(True, False),
        write_page_checksum=collection.choose(True, False),
        write_statistics=collection.choose(True, False),
        use_dictionary=collection.choose(True, False),
        store_schema=collection.choose(True, False),
    )
    if not how['use_dictionary'] and collection.choose(True, False):
        how['column_encoding'] = {field.name: encoding_of(collection, field.type) for field in table.schema}
    name = collection.name('.parquet')
    parquet.write_table(table, collection.path(name), **how)
    collection.add(name, rows, f'{what} {how}', **options)


def encoding_of(collection, kind):
    if pa.types.is_boolean(kind):
        return collection.choose('PLAIN', 'RLE')
    if pa.types.is_integer(kind):
        return collection.choose('PLAIN', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT')
    return collection.choose('PLAIN', 'BYTE_STREAM_SPLIT')


def write_arrow(collection):
    table, rows, what, options = make_table(collection)
    is_stream, codec = collection.choose(True, False), collection.choose(None, 'lz4', 'zstd')
    refused = None
    if collection.choose(False, False, True):
        encoded = [column if column.type == pa.float16() else column.dictionary_encode() for column in table.columns]
        table, refused = pa.table(encoded, table.column_names), 'Dictionary'
    size = collection.choose(1, 33, 10_000)
    name = collection.name('.arrows' if is_stream else '.arrow')
    new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    table = table.combine_chunks()
    with new(collection.path(name), table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table, max_chunksize=size)
        if collection.choose(True, False):
            writer.write_table(table.slice(0, 0))
    collection.add(name, rows, f'{what} {codec} batches of {size}', refused, **options)


def fixed(values, width):
    return pa.FixedSizeListArray.from_arrays(values, width)


def listed(values, width):
    return pa.ListArray.from_arrays(pa.array(np.arange(0, len(values) + 1, width), pa.int32()), values)


def large(values, width):
    return pa.LargeListArray.from_arrays(pa.array(np.arange(0, len(values) + 1, width), pa.int64()), values)


def write_lists(collection, wrap, dtype):
    rows = collection.numbers(dtype, (50, 4))
    table = pa.table({'features': wrap(pa.array(rows.reshape(-1)), 4)})
    name = collection.name('.parquet')
    parquet.write_table(table, collection.path(name), row_group_size=20)
    collection.add(name, rows, f'{wrap.__name__} {dtype}')
    name = collection.name('.arrow')
    with pa.ipc.new_file(collection.path(name), table.schema) as writer:
        writer.write_table(table, max_chunksize=20)
    collection.add(name, rows, f'{wrap.__name__} {dtype}')
