// Lines of Kaldi's lists, and the files that they name.
import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { DataError } from '../../errors.ts';
import { shown } from '../../util/shown.ts';
import { Place } from '../place.ts';
import type { Input } from '../table.ts';
import { readLines } from '../text/lines.ts';

/** A line that is not empty, with its number from 1. */
export interface Line {
  readonly text: string;
  readonly number: number;
  readonly place: Place;
}

/** The lines of a list from one on, but for empty ones. */
export async function* linesOf({ name, bytes }: Pick<Input, 'name' | 'bytes'>, first = 1): AsyncGenerator<Line> {
  let number = 0;
  for await (const lines of readLines(bytes(), name)) {
    for (const text of lines) {
      number++;
      if (number >= first && text.trim() !== '') yield { text, number, place: new Place(name, `line ${number}`) };
    }
  }
}

const CONTROL = /\p{Cc}/u;
const MOST_SHOWN = 60;

/** The key of a line, and what stands behind it, where there is anything. */
export function partsOf({ text }: Pick<Line, 'text'>): {
  readonly key: string | undefined;
  readonly rest: string | undefined;
} {
  const [, key, rest] = /^\s*(\S+)\s+(.*?)\s*$/s.exec(text) ?? [];
  return { key, rest };
}

/**
 * The same of a line that must have both.
 *
 * @throws DataError where there is nothing.
 */
export function keyAndRest({ text, place }: Line, expected: string): readonly [key: string, rest: string] {
  const { key, rest } = partsOf({ text });
  if (key === undefined || !rest || CONTROL.test(key + rest)) throw notALine({ text, place }, expected);
  return [key, rest];
}

/** Error for a line that is none. */
export const notALine = ({ text, place }: Pick<Line, 'text' | 'place'>, expected: string): DataError =>
  new DataError('wrong-format', `${place}: received ${shown(text.slice(0, MOST_SHOWN))}, expected ${expected}`, {
    source: place.source,
  });

/** A file that a list names: from the current directory, as Kaldi looks for it, or from that of the list. */
export async function findFile(path: string, directory: string | undefined): Promise<string> {
  if (isAbsolute(path) || directory === undefined) return path;
  return access(path).then(
    () => path,
    () => join(directory, path),
  );
}
