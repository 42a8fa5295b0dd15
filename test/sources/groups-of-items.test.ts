import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inGroups } from '../../src/sources/groups-of-items.ts';
import { collect } from '../helpers/collect.ts';

async function* rows(count: number, onNext = (_: number): void => {}): AsyncGenerator<number[]> {
  for (let n = 0; n < count; n++) {
    onNext(n);
    yield [n, 1];
  }
}

test('items that are there come together, at most 256 at a time', async () => {
  const groups = await collect(inGroups(rows(2000)));
  expect(groups.flat()).toEqual(await collect(rows(2000)));
  expect(Math.max(...groups.map(({ length }) => length))).toBe(256);
  expect(groups.length).toBeLessThan(20);
  const wide = await collect(inGroups([new Float64Array(5000), new Float64Array(5000), new Float64Array(5000)]));
  expect(wide.map(({ length }) => length)).toEqual([2, 1]);
});

test('an item that comes alone does not wait', async () => {
  async function* slow(): AsyncGenerator<number[]> {
    for (let n = 0; n < 3; n++) {
      yield [n];
      if (n < 2) await new Promise<void>((resolve) => taken.push(resolve));
    }
  }
  const taken: (() => void)[] = [];
  const seen: unknown[] = [];
  for await (const group of inGroups(slow())) {
    seen.push(group);
    taken.shift()?.();
  }
  expect(seen).toEqual([[[0]], [[1]], [[2]]]);
});

test('items before a failure come before it', async () => {
  async function* failing(): AsyncGenerator<number[]> {
    yield [1];
    yield [2];
    throw new Error('the cable was cut');
  }
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const group of inGroups(failing())) seen.push(...group);
  })();
  await expect(reading).rejects.toThrow('the cable was cut');
  expect(seen).toEqual([[1], [2]]);
});

test('not more is taken than there is room for', async () => {
  let last = 0;
  for await (const group of inGroups(
    rows(1e9, (n) => {
      last = n;
    }),
  )) {
    expect(group.length).toBe(256);
    await sleep(5);
    break;
  }
  expect(last).toBeLessThan(600);
});

test('whoever leaves ends what gives the items, whether it waits or not', async () => {
  let ended = 0;
  async function* open(waits: boolean): AsyncGenerator<number[]> {
    try {
      yield [1];
      if (waits) await new Promise(() => {});
      for (;;) yield [2];
    } finally {
      ended++;
    }
  }
  for await (const _ of inGroups(open(false))) break;
  expect(ended).toBe(1);
  for await (const _ of inGroups(open(true))) break; // nothing can end it, and nobody waits
  const stream = new Readable({ objectMode: true, read() {} });
  stream.push([1]);
  for await (const _ of inGroups(stream)) break;
  expect(stream.destroyed).toBe(true);
});

test('an abort ends the wait for an item that never comes, and a stream without end', async () => {
  for (const items of [new Readable({ objectMode: true, read() {} }), rows(Number.POSITIVE_INFINITY)]) {
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(new Error('enough')), 20);
    const reading = (async () => {
      for await (const _ of inGroups<number[]>(items, aborting.signal));
    })();
    await expect(reading).rejects.toThrow('enough');
  }
});

test('what cannot be looked at is an item all the same', async () => {
  const hostile = new Proxy([], {
    get() {
      throw new Error('no');
    },
  });
  const groups = await collect(inGroups([hostile, hostile]));
  expect(groups.map(({ length }) => length)).toEqual([1, 1]);
});
