// Fingerprints of sources, and what has changed between two of them.
import { shown } from '../util/shown.ts';
import { newHash } from './hash.ts';

/** What a part of a source can be recognised by, as plain data; what is not known is left out. */
export interface PartFingerprint {
  readonly name: string;
  readonly dimensions?: number | undefined;
  /** Number of rows, where the part says it before it is read. */
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
  /** Of all bytes of few, and of some of many. */
  readonly hash?: string | undefined;
  /** Files that the part names. */
  readonly files?: readonly PartFingerprint[] | undefined;
}

/** What a source can be recognised by, as plain data. */
export interface SourceFingerprint {
  readonly parts: readonly PartFingerprint[];
  /** Parts of the row weights. */
  readonly weights?: readonly PartFingerprint[] | undefined;
  /** Those that change which rows come out, or how they are cut. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of which rows a partition holds out. */
  readonly heldOut?: string | undefined;
}

/** The first thing that is not as it was, in words; undefined if all is. */
export function whatChanged(before: SourceFingerprint, now: SourceFingerprint): string | undefined {
  return (
    partsChanged(before.parts, now.parts) ??
    optionsChanged(before.options, now.options) ??
    weightsChanged(before.weights, now.weights) ??
    (before.heldOut === now.heldOut ? undefined : 'other rows are held out than before')
  );
}

function partsChanged(before: readonly PartFingerprint[], now: readonly PartFingerprint[]): string | undefined {
  const isIn = (parts: readonly PartFingerprint[], { name }: PartFingerprint): boolean =>
    parts.some((part) => part.name === name);
  const added = now.find((part) => !isIn(before, part)) ?? (before.length < now.length ? now.at(-1) : undefined);
  if (added) return `${added.name} is new`;
  const gone = before.find((part) => !isIn(now, part)) ?? (now.length < before.length ? before.at(-1) : undefined);
  if (gone) return `${gone.name} is gone`;
  const moved = now.findIndex(({ name }, i) => name !== before[i]!.name);
  if (moved >= 0) return `the order is another: ${now[moved]!.name} comes now where ${before[moved]!.name} came before`;
  for (const [i, part] of now.entries()) {
    const change = partChanged(before[i]!, part);
    if (change !== undefined) return change;
  }
  return undefined;
}

const COUNTS = { dimensions: 'columns', bytes: 'bytes', rows: 'rows' } as const;

function partChanged(before: PartFingerprint, now: PartFingerprint): string | undefined {
  for (const [count, word] of Object.entries(COUNTS) as [keyof typeof COUNTS, string][]) {
    const [was, is] = [before[count], now[count]];
    if (was !== is) return `${now.name} has ${is ?? 'an unknown number of'} ${word} now, ${was ?? 'unknown'} before`;
  }
  if (before.hash !== now.hash) return `${now.name} has other contents than before`;
  const inside = partsChanged(before.files ?? [], now.files ?? []);
  return inside === undefined ? undefined : `of the files that ${now.name} names, ${inside}`;
}

/** Of options that are objects, their settings are compared. */
function optionsChanged(
  before: SourceFingerprint['options'],
  now: SourceFingerprint['options'],
  within = '',
): string | undefined {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [was, is] = [before[name], now[name]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    if (isObject(was) && isObject(is)) return optionsChanged(was, is, `${name}.`);
    return `${within}${name}: was ${inWords(was)}, is ${inWords(is)}`;
  }
  return undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const inWords = (value: unknown): string => {
  if (value === undefined) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : shown(value);
};

function weightsChanged(before: SourceFingerprint['weights'], now: SourceFingerprint['weights']): string | undefined {
  if (before && now) return partsChanged(before, now);
  if (before) return 'the rows have no weights now';
  return now && 'the rows have weights now, none before';
}

/** Rows that are asked of: the first, and some of every larger size. */
const FIRST_ROWS = 4096;
const SAMPLED_ROWS = 64;
const STRIDE = 61;
const LARGEST = 2 ** 44;

/** A hash of which rows are held out; that a function fails for rows that there may not be is a part of it. */
export async function hashOfHeldOut(isHeldOut: (row: number) => boolean): Promise<string> {
  const answers: number[] = [];
  const ask = (row: number): void => {
    try {
      answers.push(Number(isHeldOut(row)));
    } catch {
      answers.push(2);
    }
  };
  for (let row = 0; row < FIRST_ROWS; row++) ask(row);
  for (let least = FIRST_ROWS; least <= LARGEST; least *= 2) {
    for (let i = 0; i < SAMPLED_ROWS; i++) ask(least + i * STRIDE);
  }
  const hash = await newHash();
  await hash.add(Uint8Array.from(answers));
  return hash.end();
}
