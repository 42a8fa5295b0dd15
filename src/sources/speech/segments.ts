// Kaldi's files of segments of recordings.
import { fileError } from '../../errors.ts';
import { fileInput, readUntil } from '../file-input.ts';
import type { Span } from '../table.ts';
import { type Line, linesOf, notALine } from './listed-files.ts';

/** What a line of such a file has. */
export const SEGMENTS = 'a line of segments has a name, a recording of the list, its start and end in seconds';

/** A segment: its name, and which part of which recording it is. */
export interface Segment {
  readonly line: Line;
  readonly key: string;
  /** The name of the recording. */
  readonly of: string;
  readonly span: Span;
}

/** The segments that a file names, from a line on. */
export async function* segmentsOf(
  path: string,
  first: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Segment> {
  try {
    for await (const line of linesOf(fileInput(path, path, undefined, readUntil(signal)), first)) yield segmentOf(line);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

function segmentOf(line: Line): Segment {
  const [key, of, from, to, ...more] = line.text.trim().split(/\s+/);
  const [start, end] = [secondsOf(from), secondsOf(to)];
  if (more.length > 0 || !(start >= 0 && (end > start || end === -1)))
    throw notALine(line, 'a name, a recording, its start and end in seconds (−1: its end), the end after the start');
  return { line, key: key!, of: of!, span: { start, end } };
}

const secondsOf = (text: string | undefined): number => (text && /^[-+.\deE]+$/.test(text) ? Number(text) : Number.NaN);
