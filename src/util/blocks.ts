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
  /** Memory of a block that nobody uses any more. */
  #spare: Chunk['data'] | undefined;

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

  /**
   * The blocks that a further chunk completes; of a chunk with marks, which stays the caller's, only rows of the wanted mark count.
   */
  *add(chunk: Chunk, marks?: Uint8Array, wanted = 1): Generator<Chunk> {
    if (this.#pending && this.#pending.part.index !== chunk.part.index) yield* this.end();
    const count = marks ? countOf(marks, wanted) : chunk.rows;
    const { rows, part } = this.#at;
    const before = part === chunk.part.index ? this.#at.inPart : 0;
    const skipped = Math.min(count, Math.max(0, this.#given - rows));
    this.#passed += skipped;
    this.#at = { rows: rows + count, part: chunk.part.index, inPart: before + count };
    if (!marks && skipped === count) chunk.release?.();
    let inPart = before;
    for (const [first, end] of marks ? runsOf(marks, wanted) : [[0, chunk.rows] as const]) {
      let start = first + Math.min(end - first, Math.max(0, before + skipped - inPart));
      inPart += start - first;
      while (start < end) {
        const room = this.#pending?.room ?? this.#capacity - (inPart % this.#capacity);
        const taken = Math.min(end - start, room - (this.#pending?.rows ?? 0));
        if (taken === room && !marks) {
          yield view(chunk, start, taken);
        } else {
          this.#pending ??= startPending(chunk, room);
          this.#makeRoom(this.#pending, taken, before + count - inPart);
          append(this.#pending, chunk, start, taken);
          if (this.#pending.rows === room) yield* this.end();
        }
        start += taken;
        inPart += taken;
      }
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
      release: () => {
        this.#spare = data;
      },
    };
  }

  /** Parts may be far shorter than a block: memory grows with the rows, of which so many are there. */
  #makeRoom(pending: Pending, count: number, there: number): void {
    const { data, weights, rows, room, dimensions } = pending;
    if ((rows + count) * dimensions <= data.length) return;
    const spare = this.#spare;
    this.#spare = undefined;
    const fits = rows === 0 && spare?.constructor === data.constructor && spare.length >= room * dimensions;
    const capacity = fits ? room : Math.min(room, Math.max(2 * (rows + count), rows + there));
    pending.data = fits ? spare : sameKind(data, capacity * dimensions);
    pending.data.set(data);
    if (!weights) return;
    pending.weights = new Float64Array(capacity);
    pending.weights.set(weights);
  }
}

function countOf(marks: Uint8Array, wanted: number): number {
  let count = 0;
  for (let n = 0; n < marks.length; n++) count += Number(marks[n] === wanted);
  return count;
}

/** The first row of each run of rows of a mark, and that after its last. */
function* runsOf(marks: Uint8Array, wanted: number): Generator<readonly [first: number, end: number]> {
  for (let n = 0; n < marks.length; n++) {
    if (marks[n] !== wanted) continue;
    const first = n;
    while (n < marks.length && marks[n] === wanted) n++;
    yield [first, n];
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

/** A mark for each of so many rows: 1 for those of which that is true, else 0. */
export function marksOf(rows: number, isMarked: (row: number) => boolean): Uint8Array {
  const marks = new Uint8Array(rows);
  for (let n = 0; n < rows; n++) marks[n] = Number(isMarked(n));
  return marks;
}

/** The rows of a chunk that have a mark; default: 1. */
export function pickRows(chunk: Chunk, marks: Uint8Array, wanted = 1): Chunk {
  const { data, weights, times, dimensions } = chunk;
  const count = countOf(marks, wanted);
  const picked = {
    ...chunk,
    data: sameKind(data, count * dimensions),
    weights: weights && new Float64Array(count),
    times: times && new Float64Array(count),
    rows: count,
    release: undefined,
  };
  let at = 0;
  for (const [first, end] of runsOf(marks, wanted)) {
    picked.data.set(data.subarray(first * dimensions, end * dimensions), at * dimensions);
    picked.weights?.set(weights!.subarray(first, end), at);
    picked.times?.set(times!.subarray(first, end), at);
    at += end - first;
  }
  return picked;
}
