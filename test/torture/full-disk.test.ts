import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRows } from '../../src/index.ts';
import { finish, megamix, start } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';

const path = temporaryDirectory();
const disk = path('disk');
const onDisk = (name: string): string => path(`disk/${name}`);
mkdirSync(disk);
const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { encoding: 'utf8' });
const isMounted = mount.status === 0;
const why = isMounted ? '' : ` (left out: no file system of its own can be mounted here: ${mount.stderr?.trim()})`;

const data = path('rows.npy');
const fit = ['fit', data, '--model', 'gmm', '--components', '2', '--iterations', '2', '--init', 'random', '--quiet'];
const csv = Array.from({ length: 40_000 }, (_, n) => `${n % 7},${n % 11}\n`).join('');

describe.skipIf(!isMounted)(`a disk that runs full${why}`, () => {
  beforeAll(async () => {
    await writeRows(
      data,
      [
        blobs(
          20_000,
          [
            [0, 0],
            [5, 5],
          ],
          1,
        ),
      ],
      { columns: 2 },
    );
    expect((await megamix([...fit, '-o', onDisk('model.h5')])).stderr).toBe('');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(onDisk('ballast'), new Uint8Array(bavail * bsize - 4096));
  });
  afterAll(() => void spawnSync('umount', [disk]));

  const convert = ['npy', 'csv', 'h5', 'parquet', 'arrow', 'ark'].map(
    (format) => [`convert to ${format}`, ['convert', data, onDisk(`rows.${format}`)], ''] as const,
  );
  test.for([
    ['fit into a new file', [...fit, '-o', onDisk('new.h5')], ''],
    ['fit into a file with another group', [...fit, '-o', onDisk('model.h5'), '--group', 'other'], ''],
    ['fit --saving', [...fit, '-o', onDisk('model.h5'), '--saving', 'linear', '--saving-period', '1'], ''],
    ['online', ['online', data, '--model', 'gmm', '--components', '2', '-o', onDisk('new.h5'), '--quiet'], ''],
    ['predict', ['predict', onDisk('model.h5'), data, '-o', onDisk('labels.npy')], ''],
    ['piped input', ['fit', '-', '--format', 'csv', ...fit.slice(2), '-o', path('new.h5')], csv],
    [
      'blocks',
      [...fit, '--algorithm', 'incremental', '--block-memory', '0', '--blocks', '200', '-o', path('new.h5')],
      '',
    ],
    ...convert,
  ] as const)('%s: an error of one line, all as it was, nothing left behind', async ([, args, input]) => {
    const before = readdirSync(disk);
    const model = readFileSync(onDisk('model.h5'));
    const { code, stderr } = await finish(start(args, undefined, { TMPDIR: disk }), input);
    expect(stderr).toMatch(/^megamix: [^\n]*\/disk[^\n]*\n$/);
    expect(code).toBe(1);
    expect(readdirSync(disk)).toEqual(before);
    expect(readFileSync(onDisk('model.h5')).equals(model)).toBe(true);
  });
});
