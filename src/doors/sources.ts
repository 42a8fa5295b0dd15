// megamix/sources: data become checked chunks, and rows files, without mixtures.
export type { Chunk } from '../chunk.ts';
export { DataError, MegaMixError, SettingError } from '../errors.ts';
export type { RowData, RowSource, SourceOptions } from '../sources/data.ts';
export type { FormatName } from '../sources/formats.ts';
export { type IsHeldOut, partition, randomHoldOut } from '../sources/partition.ts';
export type { FlatRows, Row, Rows, ShapedNumbers } from '../sources/rows.ts';
export { openData, type Source } from '../sources/source.ts';
export type { Bytes, HasBody } from '../sources/values/inputs.ts';
export type { NamedRow } from '../sources/values/named-rows.ts';
export type { Cell, NumberArray } from '../sources/values/numbers.ts';
export {
  type RowFormatName,
  type WideRows,
  type WritableRows,
  type WriteOptions,
  writeRows,
} from '../storage/rows/write.ts';
