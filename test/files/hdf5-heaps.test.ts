import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GaussianMixture, MixtureModel } from '../../src/index.ts';
import { temporaryDirectory } from '../helpers/files.ts';

const path = temporaryDirectory();

test('a string of an attribute that is longer than its collection ends in an error, where the library goes on for ever', async () => {
  const model = await new GaussianMixture({ components: 1 }).fit([
    [0, 1],
    [2, 5],
    [4, 3],
  ]);
  await model.save(path('good.h5'));
  const bytes = readFileSync(path('good.h5'));
  const collection = bytes.indexOf('GCOL');
  expect(collection).toBeGreaterThan(0);
  for (const length of [228, 0xffff, 2 ** 40]) {
    // the first object, after the header of 16 bytes
    bytes.writeBigUInt64LE(BigInt(length), collection + 16 + 8);
    writeFileSync(path('damaged.h5'), bytes);
    const error = await MixtureModel.load(path('damaged.h5')).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'DataError', message: expect.stringMatching(/^[^\n]*is damaged [^\n]*$/) });
  }
});
