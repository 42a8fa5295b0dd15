// Which recordings are short, and how many of them are opened ahead.
import type { Input } from '../table.ts';

/** So many short ones are opened, with all of their rows, while those before them are read. */
export const OPEN_AHEAD = 8;

const SHORT_BYTES = 1 << 20;
const SHORT_SECONDS = 60;

/** Whether a recording in a file, or the part of it that is meant, is so short that all of its rows can be kept. */
export function isShort({ size, span }: Pick<Input, 'size' | 'span'>): boolean {
  if (!span) return size !== undefined && size <= SHORT_BYTES;
  return span.end >= 0 && span.end - span.start <= SHORT_SECONDS;
}
