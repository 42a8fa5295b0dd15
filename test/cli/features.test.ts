import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MixtureModel } from '../../src/inference/model.ts';
import { definitions, frontEndSettings } from '../../src/speech/definitions.ts';
import { defaultText } from '../../src/util/definition.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';
import { finish, megamix, start } from './run.ts';

const path = temporaryDirectory();
const folder = join(import.meta.dirname, '..', '..', 'data', 'wav');
const [english, spanish] = [join(folder, 'en', 'vm-review.wav'), join(folder, 'es', 'vm-review.wav')];
const silent = { code: 0, stdout: '', stderr: '' };

test('features of files, of numbers and of text', async () => {
  const expected = [...(await readRows(english)), ...(await readRows(spanish))];
  for (const extension of ['npy', 'csv']) {
    const output = path(`features.${extension}`);
    const { code, stdout, stderr } = await megamix(['features', english, spanish, '-o', output]);
    expect([code, stdout, stderr]).toEqual([0, '', expect.stringContaining('the rows of several files or utterances')]);
    expect(await readRows(output)).toEqual(expected);
  }
});

test('a pipe is read as WAV, with its length as pipes have it too', async () => {
  const bytes = Buffer.from(readFileSync(english));
  expect(await megamix(['features', '-', '--format', 'wav', '-o', path('piped.npy')], bytes)).toEqual(silent);
  expect(await readRows(path('piped.npy'))).toEqual(await readRows(english));
  bytes.writeUInt32LE(0xffffffff, 40);
  const args = ['features', '-', '--normalisation', 'mean', '-o', path('endless.npy')];
  expect(await megamix(args, bytes)).toEqual(silent);
  expect(await readRows(path('endless.npy'))).toEqual(await readRows(english, { frontEnd: { normalisation: 'mean' } }));
});

test('every setting has a flag, with its default in the help', async () => {
  for (const command of ['features', 'fit']) {
    const { stdout } = await megamix([command, '--help']);
    const help = stdout.replaceAll(/\s+/g, ' ');
    for (const name of frontEndSettings) {
      const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <`;
      expect(help).toContain(flag);
      const byDefault = defaultText(definitions[name]);
      if (byDefault !== undefined && name !== 'sampleRate')
        expect(help.slice(help.indexOf(flag))).toContain(`(default: ${byDefault})`);
    }
  }
});

test('flags arrive', async () => {
  const flags = [
    '--features',
    'fbank',
    '--mel-bins',
    '12',
    '--use-energy',
    'true',
    '--deltas',
    '0',
    '--snip-edges=false',
  ];
  expect(await megamix(['features', english, ...flags, '-o', path('fbank.npy')])).toEqual(silent);
  const frontEnd = { features: 'fbank', melBins: 12, useEnergy: true, deltas: 0, snipEdges: false } as const;
  const expected = await readRows(english, { frontEnd });
  expect(expected[0]).toHaveLength(13);
  expect(await readRows(path('fbank.npy'))).toEqual(expected);
});

test('a channel is chosen', async () => {
  const samples = tones(4000);
  writeFileSync(
    path('both.wav'),
    wavBytes(
      samples.flatMap((sample) => [-1, sample]),
      { channels: 2 },
    ),
  );
  writeFileSync(path('mono.wav'), wavBytes(samples));
  expect(await megamix(['convert', path('both.wav'), '--channel', '2', path('second.npy')])).toEqual(silent);
  expect(await readRows(path('second.npy'))).toEqual(await readRows(path('mono.wav')));
  const { code, stderr } = await megamix(['features', path('both.wav'), '-o', path('never.npy')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('both.wav has 2 channels: choose one (--channel 1)')]);
});

test('fit, score, predict and simplify on sound, by the front end of the model', async () => {
  const model = path('model.h5');
  const settings = ['--normalisation', 'mean-variance', '--coefficients', '10'];
  const fit = [
    'fit',
    english,
    '--held-out',
    spanish,
    '--model',
    'gmm',
    '--components',
    '2',
    '--covariance',
    'diagonal',
  ];
  const fitted = await megamix([...fit, '--iterations', '2', ...settings, '-o', model, '--json']);
  expect([fitted.code, fitted.stderr]).toEqual([0, '']);
  expect(JSON.parse(fitted.stdout)).toMatchObject({ dimensions: 30 });
  expect((await MixtureModel.load(model)).frontEnd).toMatchObject({ coefficients: 10, sampleRate: 8000 });

  const rows = await readRows(spanish, { frontEnd: { normalisation: 'mean-variance', coefficients: 10 } });
  const score = await megamix(['score', model, spanish, '--json']);
  expect(JSON.parse(score.stdout)).toMatchObject(await (await MixtureModel.load(model)).score(rows));
  expect((await megamix(['simplify', model, spanish, '-o', path('small.h5')])).code).toBe(0);
  expect((await MixtureModel.load(path('small.h5'))).frontEnd).toMatchObject({ coefficients: 10 });
  expect((await megamix(['info', model])).stdout).toContain(
    'mfcc, Δ, ΔΔ of sound at 8000 Hz, 25 ms every 10 ms, mean-var',
  );

  const on = ['fit', english, '--init-model', model, '--iterations', '1', '-o', path('on.h5'), '--quiet'];
  expect(await megamix(on)).toEqual(silent);
  expect((await MixtureModel.load(path('on.h5'))).frontEnd).toMatchObject({ coefficients: 10 });
  const other = await megamix([...on, '--coefficients', '11']);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringContaining('--coefficients: received 11, but the model has 10'),
  ]);

  writeFileSync(path('wide.wav'), wavBytes(tones(4000), { sampleRate: 16000 }));
  const { code, stderr } = await megamix(['predict', model, path('wide.wav'), '-o', path('never.npy')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^megamix: .*wide.wav has a sample rate of 16000 Hz, but 8000 Hz are those of the model: resample/,
  );
});

test('what goes wrong is told in a line, with the exit code, and leaves nothing behind', async () => {
  const wav = wavBytes(tones(4000));
  const bad = {
    'cut.wav': wav.subarray(0, 5000),
    'short.wav': wavBytes(tones(100)),
    'headless.wav': wav.subarray(0, 36),
    'numbers.csv': '1,2\n3,4\n',
  };
  for (const [name, bytes] of Object.entries(bad)) writeFileSync(path(name), bytes);
  const before = readdirSync(path('.'));
  for (const [name, message] of [
    ['cut.wav', 'announces 8000 bytes of sound, but it ends after 4956'],
    ['short.wav', 'has 100 samples, too few for a frame of 200'],
    ['headless.wav', 'ends after 36 bytes without a data chunk'],
  ] as const) {
    const { code, stdout, stderr } = await megamix(['features', english, path(name), '-o', path('never.npy')]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^megamix: [^\n]*\n$/);
    expect(stderr).toContain(message);
  }
  for (const [args, message] of [
    [
      ['features', english, '--mel-bins', '2', '-o', path('never.npy')],
      '--mel-bins: received 2, expected a whole number',
    ],
    [['features', english, '--use-energy', 'yes', '-o', path('never.npy')], 'Expected true or false'],
    [['features', english, '-o', path('never.txt')], '--output: received'],
    [
      ['features', english, '--high-frequency', '5000', '-o', path('never.npy')],
      '--high-frequency: the mel bank would',
    ],
    [
      ['fit', path('numbers.csv'), '--mel-bins', '20', '--model', 'gmm', '--components', '2', '-o', path('never.h5')],
      '--mel-bins: ',
    ],
  ] as const) {
    writeFileSync(path('never.npy'), '');
    const { code, stderr } = await megamix(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  }
  expect(existsSync(path('never.h5'))).toBe(false);
  expect(readdirSync(path('.')).filter((name) => name !== 'never.npy')).toEqual(before);
});

test('a file that is too short is skipped if asked for, and told of', async () => {
  writeFileSync(path('short.wav'), wavBytes(tones(100)));
  const args = ['features', english, path('short.wav'), '--on-invalid', 'skip', '-o', path('rest.npy')];
  const { code, stderr } = await megamix(args);
  expect([code, stderr]).toEqual([0, expect.stringContaining('short.wav has 100 samples')]);
  expect(await readRows(path('rest.npy'))).toEqual(await readRows(english));
});

test('a pipe that gives nothing is interrupted, and a half sample at its end told of', async () => {
  const child = start(['features', '-', '-o', path('hung.npy')]);
  child.stdin!.write(wavBytes(tones(4000), { dataLength: 0xffffffff }));
  const outcome = finish(child, null);
  while (!readdirSync(path('.')).some((name) => name.startsWith('hung.npy'))) await setTimeout(50);
  child.kill('SIGINT');
  expect((await outcome).code).toBe(130);
  expect(existsSync(path('hung.npy'))).toBe(false);
  const bytes = Buffer.concat([wavBytes(tones(4000), { dataLength: 0 }), Buffer.from([1])]);
  const { code, stderr } = await megamix(['features', '-', '-o', path('hung.npy')], bytes);
  expect([code, stderr]).toEqual([1, expect.stringContaining('standard input ends within a sample, after 8001 bytes')]);
});
