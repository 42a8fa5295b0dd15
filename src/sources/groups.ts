// Which group each utterance is of: Kaldi's utt2spk and spk2utt.
import { DataError, fileError } from '../errors.ts';
import { fileInput } from './file-input.ts';
import { readLines } from './text/lines.ts';

/**
 * Reads which group each utterance is of. A file whose name has `spk2utt` in it, or with more than two words in a line, is lines of a group and its utterances; all
 * else are lines of an utterance and its group.
 *
 * @throws DataError for a line that is neither, or an utterance in two groups.
 */
export async function readGroups(path: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const records: string[][] = [];
  try {
    for await (const lines of readLines(fileInput(path, path, undefined, signal).bytes(), path)) {
      for (const line of lines) records.push(line.split(/\s+/).filter(Boolean));
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  const isByGroup = /spk2utt/i.test(path) || records.some(({ length }) => length > 2);
  const groups = new Map<string, string>();
  for (const [i, words] of records.entries()) {
    if (words.length === 0) continue;
    const [first, ...others] = words as [string, ...string[]];
    if (others.length === 0)
      throw wrong(path, i, `received ${JSON.stringify(first)} alone, expected an utterance and its group`);
    for (const [utterance, group] of isByGroup
      ? others.map((each) => [each, first] as const)
      : [[first, others[0]!] as const]) {
      const other = groups.get(utterance);
      if (other !== undefined && other !== group)
        throw wrong(path, i, `${utterance} is in ${group}, but in ${other} before`);
      groups.set(utterance, group);
    }
  }
  return groups;
}

const wrong = (path: string, line: number, what: string): DataError =>
  new DataError('wrong-format', `${path}, line ${line + 1}: ${what}`, { source: path, row: line + 1 });
