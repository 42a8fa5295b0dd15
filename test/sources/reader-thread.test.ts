import { getEventListeners } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { GaussianMixture } from '../../src/estimator.ts';
import { parquet } from '../../src/sources/binary/parquet.ts';
import { fileInput } from '../../src/sources/file-input.ts';
import { openData } from '../../src/sources/source.ts';
import { ReaderThread } from '../../src/sources/thread/reader-thread.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();
const input = { name: 'rows.parquet', path: '/nowhere/rows.parquet', kept: new Map(), bytes: () => never() };

/** A thread whose decoder does this when it is told to open a file. */
function decoding(statement: string, limits: { longestStep?: number; mebibytes?: number } = {}): ReaderThread {
  const source = `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { parentPort.postMessage({ loaded: true }); ${statement} });`;
  const script = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return new ReaderThread({ script, longestStep: 30, mebibytes: 100, ...limits });
}

beforeAll(async () => {
  const rows = Array.from({ length: 40 }, (_, n) => [n, n * n]);
  const model = await new GaussianMixture({ components: 1 }).fit(rows);
  await model.save(path('model.h5'));
});

async function* never(): AsyncGenerator<Uint8Array> {
  await new Promise(() => {});
}

test('an abort ends a decoder that has no end', async () => {
  const thread = decoding('for (;;);');
  const aborting = new AbortController();
  const opened = thread.openTable('parquet', input, { signal: aborting.signal });
  setTimeout(() => aborting.abort(new Error('enough')), 50);
  await expect(opened).rejects.toThrow('enough');
  await thread.end();
});

test('a decoder that is busy for too long is ended, with its file named', async () => {
  const thread = decoding('for (;;);', { longestStep: 0.2 });
  const opened = thread.openTable('parquet', input, {});
  await expect(opened).rejects.toThrow(/^rows\.parquet: decoding took 0\.2 s without giving a row: it is damaged/);
  await thread.end();
});

test('a decoder that waits may do so for long', async () => {
  const answer = 'parentPort.postMessage({ opened: { dimensions: 2 } })';
  const thread = decoding(`setTimeout(() => ${answer}, 2500)`, { longestStep: 0.5 });
  expect((await thread.openTable('parquet', input, {})).dimensions).toBe(2);
  await thread.end();
});

test('a decoder that takes all memory is ended, with its file named', async () => {
  const thread = decoding('const all = []; for (;;) all.push(new Array(1e6).fill(0.5));');
  await expect(thread.openTable('parquet', input, {})).rejects.toThrow(/rows\.parquet: decoding it takes more than/);
  await thread.end();
});

test('a decoder that ends the thread is told of, with its file named', async () => {
  const thread = decoding('process.exit(3)');
  await expect(thread.openTable('parquet', input, {})).rejects.toThrow(
    'rows.parquet cannot be read: its decoder ended',
  );
});

test('a thread that dies while it has nothing to do is not used again', async () => {
  const thread = decoding(`parentPort.postMessage({ read: {} }); setTimeout(() => process.exit(3), 20)`);
  await thread.readGroup('rows.h5', 'rows');
  await thread.leave();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await readRows(`${path('model.h5')}:/model_fitted/means`)).toEqual([[19.5, 513.5]]);
});

test('files one after another, and some at a time, are read by threads that are used again', async () => {
  for (let n = 0; n < 5; n++) {
    const read = ['means', 'means', 'means'].map((name) => readRows(`${path('model.h5')}:/model_fitted/${name}`));
    expect(await Promise.all(read)).toEqual(new Array(3).fill([[19.5, 513.5]]));
  }
});

test('files that are read at once have one listener on the signal that they share', async () => {
  const { signal } = new AbortController();
  let most = 0;
  const count = setInterval(() => {
    most = Math.max(most, getEventListeners(signal, 'abort').length);
  }, 1);
  const all = Array.from({ length: 12 }, () => readRows(`${path('model.h5')}:/model_fitted/means`, { signal }));
  await Promise.all(all);
  clearInterval(count);
  expect(most).toBe(1);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a piped Arrow stream whose reader goes away lets go of the pipe', async () => {
  let closed = false;
  async function* bytes() {
    try {
      yield Buffer.from('no Arrow at all, but long enough to be looked at');
      await new Promise((resolve) => setTimeout(resolve, 10));
    } finally {
      closed = true;
    }
  }
  await expect(openData(bytes(), { format: 'arrow', name: 'standard input' })).rejects.toThrow(
    /standard input is no Arrow/,
  );
  expect(closed).toBe(true);
  writeFileSync(path('empty.parquet'), '');
  await expect(openData(path('empty.parquet'))).rejects.toThrow(/empty\.parquet is empty: expected a Parquet file/);
});

test('a damaged page is the same error in the thread and without it', async () => {
  const whole = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'columns', 'checksum-none.parquet'));
  const file = path('page.parquet');
  writeFileSync(file, whole.with(200, whole[200]! ^ 1));
  const errors = await Promise.all(
    [readRows(file), readHere(file)].map((reading) =>
      reading.then(
        () => undefined,
        (error: unknown) => error,
      ),
    ),
  );
  for (const error of errors) {
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: 'damaged', source: file, column: expect.any(String) });
  }
  expect(JSON.stringify(errors[0])).toBe(JSON.stringify(errors[1]));
});

/** Reads Parquet on this thread. */
async function readHere(file: string): Promise<void> {
  const table = await parquet.open(fileInput(file, file), {});
  for await (const _ of table.batches);
}

test('a file that is gone is no fault of data in the thread either', async () => {
  for (const name of ['none.parquet', 'none.h5']) {
    await expect(readRows(path(name))).rejects.toMatchObject({
      name: 'FileError',
      code: 'file-not-found',
      path: path(name),
      cause: { code: 'ENOENT' },
    });
  }
});
