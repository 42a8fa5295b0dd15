// Cuts chunks of any size into blocks of one size; picks rows of a chunk.
import type { Chunk, RowPart } from '../chunk.ts';

/**
 * Cuts chunks of any size into blocks of the same number of rows, counted from the start of each part (the last may be
 * shorter), so that sums do not depend on how the rows arrived. What is already cut right is passed on as it is.
 */
export class Cutter {
  readonly #capacity: number;
  readonly #given: number;
  #at: CutterPlace;
  #passed = 0;
  #pending: Pending | undefined;

  /**
   * Begins with the rows after a place, of which those up to the `given`-th were given before: they are passed over, and the rest of their block
   * comes first.
   */
  constructor(rowsPerBlock: number, from: CutterPlace = { rows: 0, part: 0, inPart: 0 }, given = 0) {
    this.#capacity = rowsPerBlock;
    this.#at = from;
    this.#given = given;
  }

  /** After the rows that were added. */
  get place(): CutterPlace {
    return this.#at;
  }

  /** Rows that were passed over. */
  get passed(): number {
    return this.#passed;
  }

  /** The blocks that a further chunk completes. */
  *add(chunk: Chunk): Generator<Chunk> {
    if (this.#pending && this.#pending.part.index !== chunk.part.index) yield* this.end();
    const { rows, part } = this.#at;
    let inPart = part === chunk.part.index ? this.#at.inPart : 0;
    let start = Math.min(chunk.rows, Math.max(0, this.#given - rows));
    this.#passed += start;
    this.#at = { rows: rows + chunk.rows, part: chunk.part.index, inPart: inPart + chunk.rows };
    inPart += start;
    if (start === chunk.rows) chunk.release?.();
    while (start < chunk.rows) {
      const room = this.#pending?.room ?? this.#capacity - (inPart % this.#capacity);
      const count = Math.min(chunk.rows - start, room - (this.#pending?.rows ?? 0));
      if (count === room) {
        yield view(chunk, start, count);
      } else {
        this.#pending ??= startPending(chunk, room);
        makeRoom(this.#pending, count);
        append(this.#pending, chunk, start, count);
        if (this.#pending.rows === room) yield* this.end();
      }
      start += count;
      inPart += count;
    }
  }

  /** The remaining rows. */
  *end(): Generator<Chunk> {
    if (!this.#pending) return;
    const { data, weights, rows, dimensions, part, hasMissing } = this.#pending;
    this.#pending = undefined;
    yield {
      data: data.subarray(0, rows * dimensions),
      weights: weights?.subarray(0, rows),
      rows,
      dimensions,
      part,
      hasMissing,
    };
  }
}

/** How many rows a cutter was given, of which part the last was, and how many of that part. */
export interface CutterPlace {
  readonly rows: number;
  readonly part: number;
  readonly inPart: number;
}

/** The rows of a chunk in chunks of at most `mostRows` rows. */
export function* pieces(chunk: Chunk, mostRows: number): Generator<Chunk> {
  for (let start = 0; start < chunk.rows; start += mostRows) {
    yield view(chunk, start, Math.min(mostRows, chunk.rows - start));
  }
}

interface Pending {
  data: Float64Array | Float32Array;
  weights: Float64Array | undefined;
  rows: number;
  /** Rows that there is room for. */
  readonly room: number;
  readonly dimensions: number;
  readonly part: RowPart;
  hasMissing: boolean | undefined;
}

function startPending({ data, dimensions, weights, part }: Chunk, room: number): Pending {
  return {
    data: sameKind(data, 0),
    weights: weights && new Float64Array(0),
    rows: 0,
    room,
    dimensions,
    part,
    hasMissing: undefined,
  };
}

/** Parts may be far shorter than a block: memory grows with the rows. */
function makeRoom(pending: Pending, count: number): void {
  const { data, weights, rows, room, dimensions } = pending;
  if ((rows + count) * dimensions <= data.length) return;
  const capacity = Math.min(room, 2 * (rows + count));
  pending.data = sameKind(data, capacity * dimensions);
  pending.data.set(data);
  if (!weights) return;
  pending.weights = new Float64Array(capacity);
  pending.weights.set(weights);
}

function append(pending: Pending, chunk: Chunk, start: number, count: number): void {
  const { dimensions } = chunk;
  if (chunk.data instanceof Float64Array && pending.data instanceof Float32Array)
    pending.data = Float64Array.from(pending.data);
  pending.data.set(chunk.data.subarray(start * dimensions, (start + count) * dimensions), pending.rows * dimensions);
  if (chunk.weights && !pending.weights) {
    pending.weights = new Float64Array(pending.data.length / dimensions).fill(1, 0, pending.rows);
  }
  if (pending.weights) {
    if (chunk.weights) pending.weights.set(chunk.weights.subarray(start, start + count), pending.rows);
    else pending.weights.fill(1, pending.rows, pending.rows + count);
  }
  pending.hasMissing ||= chunk.hasMissing;
  pending.rows += count;
}

const sameKind = (data: Chunk['data'], length: number): Float64Array | Float32Array =>
  data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/** Some consecutive rows of a chunk. */
export function view(chunk: Chunk, start: number, rows: number): Chunk {
  const { data, weights, times, dimensions } = chunk;
  if (start === 0 && rows === chunk.rows) return chunk;
  return {
    ...chunk,
    rows,
    data: data.subarray(start * dimensions, (start + rows) * dimensions),
    weights: weights?.subarray(start, start + rows),
    times: times?.subarray(start, start + rows),
    release: undefined,
  };
}

/** The rows of a chunk that have a mark; default: 1. */
export function pickRows(chunk: Chunk, marks: Uint8Array, wanted = 1): Chunk {
  const { data, weights, times, rows, dimensions } = chunk;
  let count = 0;
  for (let n = 0; n < rows; n++) count += Number(marks[n] === wanted);
  const picked = {
    ...chunk,
    data: sameKind(data, count * dimensions),
    weights: weights && new Float64Array(count),
    times: times && new Float64Array(count),
    rows: count,
    release: undefined,
  };
  for (let n = 0, at = 0; n < rows; ) {
    if (marks[n] !== wanted) {
      n++;
      continue;
    }
    const first = n;
    while (n < rows && marks[n] === wanted) n++;
    picked.data.set(data.subarray(first * dimensions, n * dimensions), at * dimensions);
    picked.weights?.set(weights!.subarray(first, n), at);
    picked.times?.set(times!.subarray(first, n), at);
    at += n - first;
  }
  return picked;
}
