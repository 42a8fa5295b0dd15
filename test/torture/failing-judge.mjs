// @ts-nocheck: plain objects

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MegaMixError, MixtureModel, openData } from '../../dist/index.js';
import { ROWS } from './failing-scenarios.mjs';

/** What is not right of a run in which a call failed: names of what it left, and of files that are neither old nor new. */
export async function judge({ error, before, after, now, left, out, spools }) {
  const faults = left.map((name) => `left ${name}`);
  if (error !== undefined) {
    if (!(error instanceof MegaMixError)) faults.push(`not one of our errors: ${error?.stack ?? error}`);
    else if (/[\n\r]/.test(error.message)) faults.push(`more than one line: ${error.message}`);
    else if (!error.message.includes(out) && !error.message.includes(spools))
      faults.push(`names no file: ${error.message}`);
  }
  for (const name of new Set([...before.keys(), ...after.keys(), ...now.keys()])) {
    const [old, fresh, there] = [before, after, now].map((files) => files.get(name));
    if (!old && !fresh) faults.push(`left ${name}`);
    else if (!there && old) faults.push(`lost ${name}`);
    else if (!there && !error) faults.push(`succeeded without ${name}`);
    else if (there && error === undefined && old?.equals(there) && !fresh.equals(old))
      faults.push(`succeeded, but ${name} is the old one`);
    else if (there && !old?.equals(there) && !(await isWhole(name, there, fresh, out))) faults.push(`${name} is torn`);
  }
  return faults;
}

/** Whether a file is what an undisturbed run leaves; HDF5, which says when it was made, is read. */
async function isWhole(name, bytes, fresh, out) {
  if (!name.endsWith('.h5')) return fresh !== undefined && bytes.equals(fresh);
  const copy = join(out, `copy-of-${name}`);
  writeFileSync(copy, bytes);
  if (name !== 'model.h5') return (await rowsOf(copy)) === ROWS;
  for (const group of ['model_fitted', 'init']) {
    if (await MixtureModel.load(copy, { group }).catch(() => undefined)) return true;
  }
  return false;
}

async function rowsOf(path) {
  let count = 0;
  for await (const { rows } of await openData(path)) count += rows;
  return count;
}
