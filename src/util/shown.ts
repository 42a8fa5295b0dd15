// Any value as error messages show it.
import { inspect } from 'node:util';

const LONGEST_TEXT = 40;
const LONGEST = 60;

/** Any value at all, as messages show what was received: short, in one line, and without calling anything that it brings along. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shortened(value, LONGEST_TEXT));
  if (typeof value === 'function') return 'a function';
  if (value instanceof Error) return `an error (${shortened(String(value.message), LONGEST)})`;
  try {
    const options = { depth: 0, maxArrayLength: 4, maxStringLength: LONGEST_TEXT, customInspect: false } as const;
    return shortened(inspect(value, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true }), LONGEST);
  } catch {
    return 'an object'; // one that throws when it is inspected
  }
}

const shortened = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest)}…` : text;

/** Text of a file, safe in a message. */
export const printable = (text: string): string => JSON.stringify(text).slice(1, -1);
