// A program that is killed and resumed like `megamix fit`, and can be made faulty (FAKE): 'forgets' loses what was summed
// before the checkpoint, 'litters' leaves temporary files, 'fails' at resuming.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const STEPS = 40;
const fault = process.env.FAKE;
const { values } = parseArgs({
  allowPositionals: true,
  options: { output: { type: 'string', short: 'o' }, checkpoint: { type: 'string' }, threads: { type: 'string' } },
});
const { output = '', checkpoint = '' } = values;

const isResumed = existsSync(checkpoint);
const state = isResumed ? JSON.parse(readFileSync(checkpoint, 'utf8')) : { step: 0, sum: 0 };
if (isResumed && fault === 'forgets') state.sum = 0;
if (isResumed && fault === 'fails') throw new Error('no');
while (state.step < STEPS) {
  state.sum += Math.sqrt(++state.step);
  await setTimeout(5);
  await write(checkpoint, state);
}
await write(output, { sum: state.sum });
process.stdout.write(JSON.stringify({ iterations: STEPS }));

/** @param {string} path @param {object} value */
async function write(path, value) {
  const temporary = fault === 'litters' ? `${path}.${process.pid}.tmp` : `${path}.tmp`;
  writeFileSync(temporary, JSON.stringify(value));
  await setTimeout(fault === 'litters' ? 5 : 1);
  renameSync(temporary, path);
  if (fault !== 'litters') rmSync(temporary, { force: true });
}
