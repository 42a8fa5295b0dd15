// Where rows are written to: a file, a file for each part, or an archive with its list.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SettingError } from '../../errors.ts';
import { PartNames } from './part-names.ts';
import {
  type FormatOptions,
  type RowFormat,
  type RowFormatName,
  type RowsToWrite,
  rowExtensions,
  rowFormats,
  until,
} from './rows.ts';
import { byPart } from './runs.ts';

/** How rows are written. */
export interface OutputOptions extends Omit<FormatOptions, 'isText' | 'scp'> {
  /** The format, whatever the name ends with. */
  readonly format?: RowFormatName | undefined;
}

/** An output that was understood. */
export interface RowOutput {
  /** Whether parts stay apart in it. */
  readonly keepsParts: boolean;
  write(rows: RowsToWrite): Promise<void>;
}

/** Where a part's name goes into that of its file. */
const NAME = '{name}';

/**
 * Understands the name of an output: a file, whose ending says the format; `dir/{name}.npy`, a file for each part; or as Kaldi writes it `ark:FILE`, `ark,t:FILE`
 * (text), `ark,scp:FILE,LIST`.
 *
 * @throws SettingError for what is none of these, and for options that the format does not take.
 */
export function rowOutput(output: string, options: OutputOptions = {}): RowOutput {
  const kaldi = /^(?=ark|scp)([a-z,]+):(.+)$/s.exec(output);
  const { path, format, own } = kaldi ? archive(output, kaldi[1]!, kaldi[2]!) : file(output, options.format);
  checkOptions(output, format, options);
  const all = { ...options, ...own };
  if (path.includes(NAME)) {
    return { keepsParts: true, write: (rows) => writeParts(path, format, rows, all) };
  }
  return {
    keepsParts: format.parts === 'apart' || (format.parts === 'named' && options.names === true),
    write: (rows) => format.write(path, { ...rows, runs: until(rows.runs, options.signal) }, all),
  };
}

interface Understood {
  readonly path: string;
  readonly format: RowFormat;
  readonly own: Pick<FormatOptions, 'isText' | 'scp'>;
}

function file(path: string, format: RowFormatName | undefined): Understood {
  const extension = format ? `.${format}` : rowExtensions.find((ending) => path.toLowerCase().endsWith(ending));
  if (extension) return { path, format: rowFormats[extension.slice(1) as RowFormatName], own: {} };
  const choice = `${rowExtensions.slice(0, -1).join(', ')} or ${rowExtensions.at(-1)}`;
  throw new SettingError(
    'bad-setting',
    `output: received ${path}, expected a name that ends with ${choice}; ark,scp:OUT.ark,OUT.scp; or -`,
    { setting: 'output' },
  );
}

/** Options that Kaldi's tools know, and that say nothing here. */
const IGNORED: ReadonlySet<string> = new Set(['b', 'f', 'nf', 'p']);

/** Understands what Kaldi calls a wspecifier. */
function archive(output: string, words: string, rest: string): Understood {
  const wanted = new Set(words.split(',').filter((word) => !IGNORED.has(word)));
  const isText = wanted.delete('t');
  const hasList = wanted.delete('scp');
  const [path, scp, ...more] = hasList ? rest.split(',') : [rest];
  const isWhole = wanted.delete('ark') && wanted.size === 0 && path && more.length === 0 && (!hasList || scp);
  const isPiped = [path, scp].some((each) => each === '-' || each?.trim().startsWith('|'));
  if (isWhole && !isPiped && !(hasList && path.includes(NAME)))
    return { path, format: rowFormats.ark, own: { isText, scp } };
  throw new SettingError(
    'bad-setting',
    `output: received ${output}, expected ark:OUT.ark, ark,t:OUT.ark or ark,scp:OUT.ark,OUT.scp, names of files`,
    { setting: 'output' },
  );
}

function checkOptions(output: string, format: RowFormat, { names, compress }: OutputOptions): void {
  if (names && format.parts !== 'named') {
    throw new SettingError(
      'setting-conflict',
      `names: only lines of .csv, .tsv and .jsonl say names, ${output} has none: leave it out`,
      {
        setting: 'names',
      },
    );
  }
  if (compress && format !== rowFormats.ark) {
    throw new SettingError(
      'setting-conflict',
      `compress: only archives (.ark) can be compressed, not ${output}: leave it out`,
      {
        setting: 'compress',
      },
    );
  }
}

/** Writes a file for each part; their folders are made. */
async function writeParts(
  template: string,
  format: RowFormat,
  rows: RowsToWrite,
  options: FormatOptions,
): Promise<void> {
  const names = new PartNames(template, 'files', 'rows');
  for await (const { part, runs } of byPart(until(rows.runs, options.signal))) {
    const path = template.replaceAll(NAME, names.of(part));
    await mkdir(dirname(path), { recursive: true });
    await format.write(path, { ...rows, runs }, options);
  }
  names.tell();
}
