import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { appendFile, copyFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { checkWritable, rewriteAtomically, writeAtomically } from '../../src/files/atomic.ts';
import { temporaryDirectory } from '../helpers/files.ts';

const path = temporaryDirectory();

test('what another process wrote meanwhile is not lost', async () => {
  const file = path('meanwhile');
  writeFileSync(file, 'a');
  let times = 0;
  await rewriteAtomically(file, async (temporary) => {
    await copyFile(file, temporary);
    await appendFile(temporary, 'c');
    // As if somebody had renamed another file onto it just now.
    if (times++ === 0) await writeAtomically(file, (other) => writeFile(other, 'ab'));
  });
  expect([readFileSync(file, 'utf8'), times]).toEqual(['abc', 2]);
});

test('the first one creates the file, whoever else wants to', async () => {
  const file = path('created');
  let times = 0;
  await rewriteAtomically(file, async (temporary) => {
    const before = await copyFile(file, temporary).then(
      () => 'b',
      () => 'nothing',
    );
    await appendFile(temporary, before);
    if (times++ === 0) writeFileSync(file, 'a');
  });
  expect(readFileSync(file, 'utf8')).toBe('ab');
});

test('a lock is waited for, and one that nobody has any more is none', { timeout: 30_000 }, async () => {
  const file = path('locked');
  writeFileSync(`${file}.megamix-lock`, '');
  let isWritten = false;
  const writing = rewriteAtomically(file, (temporary) => writeFile(temporary, 'x')).then(() => (isWritten = true));
  await setTimeout(300);
  expect(isWritten).toBe(false);
  await writing;
  expect(readFileSync(file, 'utf8')).toBe('x');
  expect(readdirSync(path('.')).filter((name) => name.startsWith('locked'))).toEqual(['locked']);
});

test('a name that ends as that of a directory is no file', async () => {
  await expect(checkWritable(`${path('none')}/`)).rejects.toThrow(
    'none/ cannot be written: there is no such directory',
  );
});
