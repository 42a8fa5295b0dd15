// Reads training and held-out rows in blocks, from the beginning or from a place on.
import type { Chunk } from '../chunk.ts';
import { Cutter, type CutterPlace, marksOf } from '../util/blocks.ts';
import type { StreamPlace } from './chunk-stream.ts';
import type { Source } from './source.ts';

/** A block of the training rows, or of those held out. */
export type SweptChunk = Chunk & { readonly isHeldOut: boolean };

/** Numbers or places of the training rows and of those held out. */
type Pair<T> = readonly [training: T, heldOut: T];

/** A place from which rows can be read, and what arrived before it. */
interface Mark {
  /** Which of the readings: separate sources are read one after the other. */
  readonly reading: number;
  /** Undefined for its beginning. */
  readonly place: StreamPlace | undefined;
  readonly arrived: Pair<CutterPlace>;
}

/** Where a sweep can go on: plain data, which structured cloning copies. */
export interface SweepPlace {
  /** Where to read from: so many rows were given, or had arrived to be given. */
  readonly mark: Mark;
  /** How many rows were given. */
  readonly given: Pair<number>;
}

/** How a sweep begins, and is watched. */
export interface SweepOptions {
  /** Goes on from here; default: from the beginning. */
  readonly from?: SweepPlace | undefined;
  /** Told while rows are read only to be passed over: how many so far; a promise is awaited. */
  readonly onPassed?: ((rows: number) => unknown) | undefined;
}

/** A reading of rows, all of one side or of both. */
interface Reading {
  readonly source: Source;
  readonly sides: readonly Side[];
  /** Of two sides: which of so many rows are held out (1), after so many that were read. */
  readonly marks?: (rows: number, before: number) => Uint8Array;
}

/** Training rows, or those held out, of what a reading gives. */
interface Side {
  readonly source: Source;
  readonly isHeldOut: boolean;
}

const BEGINNING: Mark = {
  reading: 0,
  place: undefined,
  arrived: [
    { rows: 0, part: 0, inPart: 0 },
    { rows: 0, part: 0, inPart: 0 },
  ],
};

/** A place is made of the last mark before it; where one side is far behind, there are fewer between, and a little more is read again. */
const MOST_MARKS = 1024;

/**
 * The blocks of the training rows and of those held out, as two sources give them; in one reading where they are a partition. To be iterated
 * once.
 */
export class Sweep implements AsyncIterable<SweptChunk> {
  readonly #readings: readonly Reading[];
  readonly #cutters: Pair<Cutter>;
  readonly #from: Mark;
  readonly #onPassed: SweepOptions['onPassed'];
  /** What places can still be made of. */
  #marks: Mark[];
  /** Fewest rows between two of them. */
  #gap = 0;
  #passed = 0;

  constructor(training: Source, heldOut: Source | undefined, { from, onPassed }: SweepOptions = {}) {
    const { mark, given } = from ?? { mark: BEGINNING, given: [0, 0] as const };
    this.#readings = readingsOf(training, heldOut);
    this.#cutters = [
      new Cutter(training.rowsPerBlock, mark.arrived[0], given[0]),
      new Cutter(heldOut?.rowsPerBlock ?? 1, mark.arrived[1], given[1]),
    ];
    this.#from = mark;
    this.#marks = [mark];
    this.#onPassed = onPassed;
  }

  /**
   * The place after so many training and held-out rows were given, counted from the beginning of the pass (not of this reading); no fewer than
   * when it was asked for before.
   */
  placeAfter(training: number, heldOut: number): SweepPlace {
    const isLater = ({ arrived }: Mark): boolean => arrived[0].rows > training || arrived[1].rows > heldOut;
    const later = this.#marks.findIndex(isLater);
    if (later === 0)
      throw new RangeError(`place after ${training} and ${heldOut} rows: a later one was asked for before`);
    this.#marks.splice(0, (later < 0 ? this.#marks.length : later) - 1);
    if (this.#marks.length < MOST_MARKS / 4) this.#gap = 0;
    return { mark: this.#marks[0]!, given: [training, heldOut] };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SweptChunk> {
    for (let number = this.#from.reading; number < this.#readings.length; number++) {
      const { source, sides, marks: marksOfSides } = this.#readings[number]!;
      const begin = number === this.#from.reading ? this.#from.place : undefined;
      for await (const { chunk, place } of source.placed(begin, (rows) => this.#passOver(rows))) {
        const arrived = this.#arrived();
        const passed = this.#passedInBlocks();
        if (place) this.#leaveMark({ reading: number, place, arrived });
        const marks = marksOfSides?.(chunk.rows, arrived[0].rows + arrived[1].rows);
        for (const side of sides) {
          const { isHeldOut } = side;
          for (const block of this.#cutter(side).add(chunk, marks, Number(isHeldOut))) yield { ...block, isHeldOut };
        }
        if (marks) chunk.release?.();
        await this.#passOver(this.#passedInBlocks() - passed);
      }
      for (const side of sides) {
        side.source.counted(this.#cutter(side).place.rows);
        for (const block of this.#cutter(side).end()) yield { ...block, isHeldOut: side.isHeldOut };
      }
    }
  }

  #cutter({ isHeldOut }: Side): Cutter {
    return this.#cutters[Number(isHeldOut)]!;
  }

  #arrived(): Pair<CutterPlace> {
    return [this.#cutters[0].place, this.#cutters[1].place];
  }

  #passedInBlocks(): number {
    return this.#cutters[0].passed + this.#cutters[1].passed;
  }

  #leaveMark(mark: Mark): void {
    if (rowsBefore(mark) - rowsBefore(this.#marks.at(-1)!) < this.#gap) return;
    this.#marks.push(mark);
    if (this.#marks.length < MOST_MARKS) return;
    this.#marks = this.#marks.filter((_, i) => i % 2 === 0);
    this.#gap = (2 * (rowsBefore(mark) - rowsBefore(this.#marks[0]!))) / MOST_MARKS;
  }

  async #passOver(rows: number): Promise<void> {
    if (rows === 0) return;
    this.#passed += rows;
    await this.#onPassed?.(this.#passed);
  }
}

const rowsBefore = ({ arrived: [training, heldOut] }: Mark): number => training.rows + heldOut.rows;

/** Separate sources one after the other, a partition at once. */
function readingsOf(training: Source, heldOut: Source | undefined): Reading[] {
  const { side } = training;
  if (heldOut && side && side.of === heldOut.side?.of && !side.isHeldOut && heldOut.side.isHeldOut) {
    const { whole, isHeldOut } = side.of;
    const sides = [
      { source: training, isHeldOut: false },
      { source: heldOut, isHeldOut: true },
    ];
    const marks = (rows: number, before: number): Uint8Array => marksOf(rows, (n) => isHeldOut(before + n));
    return [{ source: whole, sides, marks }];
  }
  const readingOf = (source: Source, isHeldOut: boolean): Reading => ({
    source,
    sides: [{ source, isHeldOut }],
  });
  return [readingOf(training, false), ...(heldOut ? [readingOf(heldOut, true)] : [])];
}
