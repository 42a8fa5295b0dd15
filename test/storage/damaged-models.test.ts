import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MegaMixError } from '../../src/errors.ts';
import { OnlineFit } from '../../src/fitting/online/online-fit.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const path = temporaryDirectory();
const data = {
  data: blobs(
    120,
    [
      [0, 0],
      [6, 5],
    ],
    2,
  ),
  dimensions: 2,
};
const STRIDE = 97;

/** All that a model is, as text. */
const contentsOf = ({ state }: MixtureModel): string =>
  JSON.stringify(state, (_, value) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value));

const kinds = [...new Map(rows.map((row) => [row.model, row])).values()];

// Every 97th byte of one, and of the others, whose files differ little, every so many times 97th, each from another on.
test.each(kinds.map((row, n) => [row.model, row, n === 0 ? 1 : kinds.length - 1, n] as const))(
  'a %s of which any byte is flipped is refused, or still the same',
  async (name, row, strides, offset) => {
    const file = path(`${name}.h5`);
    const model = await estimator(row, { components: 2, maxIterations: 2 }).fit(data, { threads: 1 });
    await model.save(file);
    const whole = readFileSync(file);
    const expected = contentsOf(await MixtureModel.load(file));
    let refused = 0;
    for (let at = offset * STRIDE; at < whole.length; at += strides * STRIDE) {
      const damaged = Uint8Array.from(whole);
      damaged[at]! ^= 0xff;
      writeFileSync(file, damaged);
      const outcome = await MixtureModel.load(file).then(contentsOf, (error: unknown) => error);
      if (outcome === expected) continue;
      refused++;
      expect(outcome, `byte ${at}: ${outcome}`).toBeInstanceOf(MegaMixError);
    }
    expect(refused).toBeGreaterThan(5);
  },
);

test('the state of an online fit likewise', async () => {
  const file = path('online.h5');
  const online = estimator(kinds.at(-1)!, { components: 2 }).online({ window: 16, warmUp: 40, threads: 1 });
  await online.add(data);
  await online.save(file, { note: 'here' });
  const whole = readFileSync(file);
  const stateOf = async (): Promise<string> => {
    const resumed = await OnlineFit.resume(file, { threads: 1 });
    const model = contentsOf(resumed.model!);
    const state = [resumed.rows, resumed.windows, resumed.moved, resumed.note, model].join();
    resumed.destroy();
    return state;
  };
  const expected = await stateOf();
  for (let at = 13; at < whole.length; at += 3 * STRIDE) {
    const damaged = Uint8Array.from(whole);
    damaged[at]! ^= 0xff;
    writeFileSync(file, damaged);
    const outcome = await stateOf().catch((error: unknown) => error);
    if (outcome !== expected) expect(outcome, `byte ${at}: ${outcome}`).toBeInstanceOf(MegaMixError);
  }
});
