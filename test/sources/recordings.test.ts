import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { SourceOptions } from '../../src/sources/data.ts';
import { fileInput } from '../../src/sources/file-input.ts';
import { formats } from '../../src/sources/formats.ts';
import { openData } from '../../src/sources/source.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';
import { fc } from '../setup/properties.ts';

const path = temporaryDirectory();
const sound = tones(24_000);
writeFileSync(path('long.wav'), wavBytes(sound));
writeFileSync(path('short.wav'), wavBytes(sound.slice(0, 4000)));
writeFileSync(path('piped.wav'), wavBytes(sound, { dataLength: 0xffffffff, riffLength: 0xffffffff }));
writeFileSync(path('fast.wav'), wavBytes(sound, { sampleRate: 16_000 }));
writeFileSync(path('packed.wav.gz'), gzipSync(wavBytes(sound.slice(500, 4500))));

function list(name: string, ...lines: string[]): string {
  writeFileSync(path(name), `${lines.join('\n')}\n`);
  return path(name);
}

/** The rows of each utterance, by their names in order. */
async function utterances(file: string, options: SourceOptions = {}): Promise<[string, number[]][]> {
  const source = await openData(file, options);
  const found = new Map<number, [string, number[]]>();
  for await (const { part, data } of source.arriving()) {
    const own = found.get(part.number) ?? [part.name, []];
    found.set(part.number, own);
    own[1].push(...data);
  }
  await source.close();
  return [...found.values()];
}

const rowsOf = async (samples: readonly number[], options: SourceOptions = {}): Promise<number[]> => {
  writeFileSync(path('cut.wav'), wavBytes(samples));
  return (await readRows(path('cut.wav'), options)).flat();
};

test.each([
  ['wav.scp', undefined],
  ['recordings.scp', undefined],
  ['list.txt', 'wav.scp'],
] as const)('%s: each recording is an utterance under its name', async (name, format) => {
  const file = list(name, 'anna long.wav', '', `ben ${path('short.wav')}`, 'carl packed.wav.gz');
  const found = await utterances(file, { format });
  expect(found.map(([key]) => key)).toEqual(['anna', 'ben', 'carl']);
  expect(found[0]![1]).toEqual(await rowsOf(sound));
  expect(found[1]![1]).toEqual(await rowsOf(sound.slice(0, 4000)));
  expect(found[2]![1]).toEqual(await rowsOf(sound.slice(500, 4500)));
});

test('a list of recordings as a stream', async () => {
  const text = `anna ${path('long.wav')}\nben ${path('short.wav')}\n`;
  const wanted = [...(await rowsOf(sound)), ...(await rowsOf(sound.slice(0, 4000)))];
  for (const format of ['scp', 'wav.scp'] as const) {
    const pieces = [...text].map((letter) => Buffer.from(letter));
    expect((await readRows(Readable.from(pieces), { format })).flat()).toEqual(wanted);
  }
});

test('segments are cut out to the sample, in any order, by any front end', async () => {
  const file = list('wav.scp', 'a long.wav', 'b short.wav');
  const segments = list(
    'segments',
    'b-1 b 0.1 0.4',
    'a-2 a 1.5 2.25',
    'a-1 a 0 0.5',
    'b-2 b 0.30005 -1',
    'a-3 a 2.5 3.3',
  );
  const spans = [
    sound.slice(800, 3200),
    sound.slice(12_000, 18_000),
    sound.slice(0, 4000),
    sound.slice(2400, 4000),
    sound.slice(20_000),
  ];
  for (const frontEnd of [{}, { features: 'fbank', normalisation: 'mean', snipEdges: false }] as const) {
    const found = await utterances(file, { segments, frontEnd });
    expect(found.map(([key]) => key)).toEqual(['b-1', 'a-2', 'a-1', 'b-2', 'a-3']);
    for (const [n, span] of spans.entries()) expect(found[n]![1]).toEqual(await rowsOf(span, { frontEnd }));
  }
  const commands = list('commands.scp', `a cat ${path('long.wav')} |`, `b cat ${path('short.wav')} |`);
  const options = { segments, allowCommands: true, frontEnd: { normalisation: 'mean' } } as const;
  expect(await utterances(commands, options)).toEqual(await utterances(file, { segments, frontEnd: options.frontEnd }));
});

test('any segment is the sound of its recording from one sample to another', async () => {
  const file = list('wav.scp', 'a long.wav');
  const options = { frontEnd: { features: 'fbank', deltas: 0 } } as const;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 23_000 }), fc.integer({ min: 250, max: 5000 }), async (from, length) => {
      const to = Math.min(from + length, 24_000);
      const segments = list('segments', `x a ${(from + 0.5) / 8000} ${(to + 0.5) / 8000}`);
      const [found] = await utterances(file, { ...options, segments });
      expect(found![1]).toEqual(await rowsOf(sound.slice(from, to), options));
    }),
    { numRuns: 20 },
  );
});

test('frames have times from the beginning of their utterance', async () => {
  const segments = list('segments', 's a 1 1.2');
  for (const [options, first] of [
    [{ frontEnd: {} }, 0.0125],
    [{ frontEnd: { snipEdges: false } }, 0.005],
    [{ frontEnd: { normalisation: 'mean' }, segments }, 0.0125],
  ] as const) {
    const input = fileInput('x', list('wav.scp', 'a long.wav', 'b short.wav'));
    const table = await formats['wav.scp'].open(input, options);
    const times = [];
    for await (const batch of table.batches) if (batch.utterance !== 'b') times.push(...batch.times!);
    await table.close();
    expect(times.length).toBeGreaterThan(10);
    for (const [n, time] of times.entries()) expect(time).toBeCloseTo(first + n / 100, 12);
  }
});

test('a list is read on from an utterance', async () => {
  const input = fileInput('x', list('wav.scp', 'a long.wav', 'b short.wav', 'c short.wav'));
  const table = await formats['wav.scp'].open(input, {}, { row: 400, utterance: { number: 2, row: 346, position: 3 } });
  const names = [];
  for await (const { utterance, utteranceNumber } of table.batches) names.push(`${utterance} ${utteranceNumber}`);
  await table.close();
  expect([table.begins, new Set(names)]).toEqual([346, new Set(['c 2'])]);
});

test.each([
  [['a long.wav', 'b fast.wav'], {}, 'wav.scp, b (', 'has a sample rate of 16000 Hz, but 8000 Hz are those of'],
  [['a long.wav', 'b none.wav'], {}, 'wav.scp, b (', 'cannot be read: there is no such file'],
  [['a cat long.wav |'], {}, 'line 1: received the command "cat long.wav |"', 'commands are run only if allowCommands'],
  [['a | cat'], {}, 'line 1: received "| cat"', 'expected a name, and a WAV file or a command'],
  [['a'], {}, 'line 1: received "a"', 'expected a name, and a WAV file or a command'],
  [['a echo no >&2; exit 3 |'], { allowCommands: true }, 'line 1: the command ended with 3: no', ''],
  [['a kill $$ |'], { allowCommands: true }, 'line 1: the command ended with SIGTERM', ''],
  [['a echo hello |'], { allowCommands: true }, 'line 1 ("echo hello |") is no WAV file: it begins with "hell"', ''],
  [['a long.wav', 'a short.wav'], { segments: 'x a 0 1' }, 'line 2: a second recording a', ''],
  [['a long.wav'], { segments: 'x b 0 1' }, 'line 1: ', 'wav.scp has no recording b'],
  [['a long.wav'], { segments: 'x a 1 1' }, 'line 1: received "x a 1 1"', 'the end after the start'],
  [['a long.wav'], { segments: 'x a -1 1' }, 'received "x a -1 1"', 'expected a name, a recording'],
  [['a long.wav'], { segments: 'x a 0 1 2' }, 'received "x a 0 1 2"', ''],
  [['a long.wav'], { segments: 'x a 0x1 2' }, 'received "x a 0x1 2"', ''],
  [['a long.wav'], { segments: 'x a 3 3.2' }, 'the recording has 3 s, less than the segment asks for', ''],
  [['a long.wav'], { segments: 'x a 2 3.6' }, 'the recording has 3 s, less than the segment asks for', ''],
  [
    ['a cat PIPED |'],
    { segments: 'x a 2 3.6', allowCommands: true },
    'the recording ends before the segment, 8000 samples',
    '',
  ],
  [['a long.wav'], { segments: 'x a 0 0.01' }, 'has 80 samples, too few for a frame of 200', ''],
])(
  '%j, %j is refused',
  async (lines, { segments, ...options }: { segments?: string; allowCommands?: boolean }, ...parts) => {
    const file = list('wav.scp', ...lines.map((line) => line.replace('PIPED', path('piped.wav'))));
    const given = segments === undefined ? {} : { segments: list('segments', segments) };
    const error: unknown = await utterances(file, { ...options, ...given }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    for (const part of parts) expect((error as Error).message).toContain(part);
  },
);

test('options of sound are refused for a list of features', async () => {
  cpSync(join(import.meta.dirname, '..', 'fixtures', 'formats', 'float.ark'), path('float.ark'));
  const file = list('feats.scp', 'a float.ark:6');
  await expect(readRows(file, { channel: 1 })).rejects.toThrow('channel: ');
  await expect(readRows(file, { segments: 'x' })).rejects.toThrow('is a list of features, which has no such option');
  await expect(readRows(path('float.ark'), { segments: 'x' })).rejects.toThrow(
    'is of a format that has no such option',
  );
});

test('a command ends with its reader, and at an abort, with what it started', async () => {
  const [pidFile, command] = [path('pid'), `sleep 600 & echo $! > PID; cat ${path('long.wav')}; wait |`];
  const file = list('wav.scp', `a ${command.replace('PID', pidFile)}`);
  const controller = new AbortController();
  const source = await openData(file, { allowCommands: true, signal: controller.signal });
  const read = (async () => {
    for await (const _ of source.arriving()) controller.abort(new Error('enough'));
  })();
  await expect(read).rejects.toThrow('enough');
  await source.close();
  await expect.poll(() => isRunning(pidFile)).toBe(false);
  const left = await openData(file, { allowCommands: true });
  for await (const _ of left.arriving()) {
    expect(isRunning(pidFile)).toBe(true);
    break;
  }
  await left.close();
  await expect.poll(() => isRunning(pidFile)).toBe(false);
});

/** Whether the process runs whose number a file has; one that nobody has waited for does not. */
function isRunning(pidFile: string): boolean {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = `/proc/${pid}/stat`;
  return !(existsSync(state) && readFileSync(state, 'utf8').includes(') Z '));
}

test('a fingerprint knows the recordings and the segments', async () => {
  const file = list('wav.scp', 'a long.wav', 'b short.wav');
  const segments = list('segments', 'x a 0 1', 'y b 0 0.5');
  const source = await openData(file, { segments });
  const found = await source.fingerprint();
  expect(found!.parts[0]!.files!.map(({ name }) => name)).toEqual([path('long.wav'), path('short.wav'), segments]);
  expect(found!.options).toMatchObject({ segments });
  await source.close();
});

test('a folder is its files, in order, of one format', async () => {
  mkdirSync(path('folder/b/.hidden'), { recursive: true });
  for (const [n, name] of ['b/z.wav', 'a.wav', 'c.wav', 'b/.hidden/x.wav', '.x.wav'].entries())
    writeFileSync(path(`folder/${name}`), wavBytes(sound.slice(0, 4000 + 800 * n)));
  writeFileSync(path('folder/readme'), 'nothing');
  const source = await openData(path('folder'));
  expect((await source.fingerprint())!.parts.map(({ name }) => name)).toEqual(
    ['a.wav', 'b/z.wav', 'c.wav'].map((name) => join(path('folder'), name)),
  );
  expect(source.rows).toBe([60, 50, 70].map((frames) => frames - 2).reduce((sum, rows) => sum + rows));
  await source.close();
  writeFileSync(path('folder/rows.csv'), '1,2\n');
  await expect(openData(path('folder'))).rejects.toThrow('files of several formats (3 .wav, 1 .csv): say which');
  expect(await readRows(path('folder'), { format: 'csv' })).toEqual([[1, 2]]);
  await expect(openData(path('folder'), { format: 'npy' })).rejects.toThrow(
    'is a directory without files of the format npy',
  );
  mkdirSync(path('empty'));
  await expect(openData(path('empty'))).rejects.toThrow('is a directory without files of a known format');
});
