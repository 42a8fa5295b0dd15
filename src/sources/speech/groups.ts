// Which group, such as a speaker's, an utterance is of.
import { basename } from 'node:path';
import { DataError, fileError } from '../../errors.ts';
import { fileInput, readUntil } from '../file-input.ts';
import { type Line, linesOf, notALine } from './listed-files.ts';

/** Names of groups, by those of utterances. */
export type Groups = ReadonlyMap<string, string>;

/**
 * Reads Kaldi's utt2spk (lines of an utterance and its group) or spk2utt (lines of a group and its utterances): the name of the file says which,
 * or a line of more than two names.
 *
 * @throws DataError for a line that is neither, or an utterance in two groups.
 */
export async function readGroups(path: string, signal?: AbortSignal): Promise<Groups> {
  const lines: { readonly line: Line; readonly names: readonly string[] }[] = [];
  try {
    for await (const line of linesOf(fileInput(path, path, undefined, readUntil(signal)))) {
      const names = line.text.trim().split(/\s+/);
      if (names.length < 2) throw notALine(line, 'an utterance and its group, or a group and its utterances');
      lines.push({ line, names });
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  const isGroupFirst = basename(path).startsWith('spk2') || lines.some(({ names }) => names.length > 2);
  const groups = new Map<string, string>();
  for (const { line, names } of lines) {
    const [first, ...others] = names as [string, ...string[]];
    for (const other of others) {
      const [utterance, group] = isGroupFirst ? [other, first] : [first, other];
      if ((groups.get(utterance) ?? group) !== group)
        throw notALine(line, `${utterance} in ${groups.get(utterance)}, as before`);
      groups.set(utterance, group);
    }
  }
  return groups;
}

/** The group of an utterance, by its name or that of its file without what it ends with. */
export function groupOf(groups: Groups, utterance: string, path: string): string {
  const group = groups.get(utterance) ?? groups.get(stemOf(utterance));
  if (group !== undefined) return group;
  throw new DataError('mismatch', `${path} has no group of ${utterance}: add a line for it`, { source: path });
}

/** The name of a file without its folders and what it ends with. */
export const stemOf = (path: string): string => basename(path).replace(/\.[^.]*$/, '');
