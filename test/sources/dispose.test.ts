import { expect, test } from 'vitest';
import { KMeans, openData } from '../../src/index.ts';
import { readRows } from '../helpers/read.ts';

test('await using closes a source', async () => {
  async function* rows(): AsyncGenerator<number[]> {
    yield [1, 2];
    yield [3, 4];
  }
  const source = await openData(rows());
  {
    await using used = source;
    expect(await readRows(used)).toHaveLength(2);
  }
  await expect(readRows(source)).rejects.toMatchObject({
    name: 'DataError',
    message: expect.stringContaining('closed'),
  });
});

test('await using lets go of an online fit, finished or not', async () => {
  const begun = new KMeans({ components: 2 }).online({ window: 10 });
  {
    await using online = begun;
    await online.add([
      [1, 2],
      [3, 4],
    ]);
  }
  expect([begun.destroyed, begun.closed]).toEqual([true, true]);
  await begun[Symbol.asyncDispose]();
});
