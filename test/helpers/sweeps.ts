import { expect } from 'vitest';
import type { Known } from '../../src/sources/chunk-stream.ts';
import type { Source } from '../../src/sources/source.ts';
import { Sweep, type SweepPlace, type SweptChunk } from '../../src/sources/sweep.ts';

/** What a sweep reads, newly opened, and how it is closed. */
export interface Opened {
  readonly training: Source;
  readonly heldOut?: Source | undefined;
  readonly close: () => Promise<unknown>;
}

/** A block of which nothing is used again, and no more is known than results depend on. */
export interface Block {
  readonly isHeldOut: boolean;
  readonly part: number;
  readonly rows: number;
  readonly data: Float64Array;
  readonly weights: Float64Array;
}

/** A place of a sweep: after so many of its blocks, and rows of the next. */
export interface PlaceOf {
  readonly blocks: number;
  readonly rows: number;
  readonly place: SweepPlace;
  readonly known: readonly (Known | undefined)[];
}

const blockOf = ({ isHeldOut, part, rows, data, weights, hasMissing }: SweptChunk): Block => {
  if (data.some(Number.isNaN)) expect(hasMissing).toBe(true);
  return {
    isHeldOut,
    part: part.index,
    rows,
    data: Float64Array.from(data),
    weights: weights ? Float64Array.from(weights) : new Float64Array(rows).fill(1),
  };
};

/** The rows of a block from one on. */
const rest = ({ data, weights, rows, ...block }: Block, from: number): Block => ({
  ...block,
  rows: rows - from,
  data: data.slice((from * data.length) / rows),
  weights: weights.slice(from),
});

/**
 * Reads all, and asks for places behind what was read by `ahead` blocks: after every block, and after `within(block)` rows of the next.
 */
export async function sweepAll(
  { training, heldOut, close }: Opened,
  ahead: number,
  within: (block: Block) => number = ({ rows }) => rows >> 1,
): Promise<{ blocks: Block[]; places: PlaceOf[]; skipped: unknown; rows: unknown }> {
  const blocks: Block[] = [];
  const places: PlaceOf[] = [];
  const given = [0, 0];
  let done = 0;
  const sweep = new Sweep(training, heldOut);
  const takePlaces = (): void => {
    const known = [training.known, heldOut?.known];
    const take = (rows: number): void => {
      const place = sweep.placeAfter(given[0]!, given[1]!);
      places.push(structuredClone({ blocks: done, rows, place, known }));
    };
    take(0);
    const block = blocks[done]!;
    const some = within(block);
    given[Number(block.isHeldOut)]! += some;
    if (some > 0) take(some);
    given[Number(block.isHeldOut)]! += block.rows - some;
    done++;
  };
  try {
    for await (const chunk of sweep) {
      blocks.push(blockOf(chunk));
      if (blocks.length > ahead) takePlaces();
    }
    while (done < blocks.length) takePlaces();
    const known = [training.known, heldOut?.known];
    const place = sweep.placeAfter(given[0]!, given[1]!);
    places.push(structuredClone({ blocks: done, rows: 0, place, known }));
    return { blocks, places, skipped: training.skipped, rows: [training.rows, heldOut?.rows] };
  } finally {
    await close();
  }
}

/** What is left after a place, as another opening gives it. */
export async function resume(
  { training, heldOut, close }: Opened,
  { place, known }: PlaceOf,
): Promise<{ blocks: Block[]; skipped: unknown; rows: unknown; passed: number[] }> {
  try {
    if (known[0]) training.remember(known[0]);
    if (known[1]) heldOut?.remember(known[1]);
    const blocks: Block[] = [];
    const passed: number[] = [];
    const onPassed = (rows: number): unknown => passed.push(rows);
    for await (const chunk of new Sweep(training, heldOut, { from: place, onPassed })) blocks.push(blockOf(chunk));
    return { blocks, skipped: training.skipped, rows: [training.rows, heldOut?.rows], passed };
  } finally {
    await close();
  }
}

/** What must be left after a place. */
export function left(blocks: readonly Block[], { blocks: done, rows }: PlaceOf): Block[] {
  const [first, ...others] = blocks.slice(done);
  return first ? [rest(first, rows), ...others] : [];
}

/** The rest after every place of a sweep is the same in all bits. */
export async function expectResumable(open: () => Promise<Opened>, { most = 15 } = {}): Promise<void> {
  for (const ahead of [0, 3]) {
    const { blocks, places, ...end } = await sweepAll(await open(), ahead);
    const step = Math.ceil(places.length / most) | 1; // odd: some at the beginning of a block, some within
    for (const at of places.filter((_, i) => i % step === 0 || i === places.length - 1)) {
      const { blocks: found, passed, ...resumedEnd } = await resume(await open(), at);
      expectBlocks(found, left(blocks, at));
      expect(resumedEnd).toEqual(end);
      expect(passed).toEqual([...passed].sort((a, b) => a - b));
    }
  }
}

/** Like toEqual, but not slow for long arrays. */
export function expectBlocks(found: readonly Block[], expected: readonly Block[]): void {
  const shape = ({ isHeldOut, part, rows }: Block): unknown[] => [isHeldOut, part, rows];
  expect(found.map(shape)).toEqual(expected.map(shape));
  const bits = ({ data, weights }: Block): Buffer =>
    Buffer.concat([Buffer.from(data.buffer), Buffer.from(weights.buffer)]);
  for (const [i, block] of found.entries()) {
    if (!bits(block).equals(bits(expected[i]!))) expect.fail(`block ${i} has other numbers`);
  }
}
