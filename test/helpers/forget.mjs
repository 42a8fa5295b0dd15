// Forgets to end and to close, in a process of its own; node --expose-gc. Prints the warnings, and the files left open.
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { KMeans, openData } from '../../dist/index.js';

/** @type {string[]} */
const warnings = [];
const collect = globalThis.gc ?? (() => {});
process.on('warning', ({ message }) => warnings.push(message));
const [, , ...paths] = process.argv;
const filesOpen = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);

async function* rows() {
  for (let n = 0; n < 5000; n++) yield [n, n % 7];
}

/** @param {import('../../dist/index.js').MixtureModel} model */
async function forget(model) {
  for (const path of paths) {
    const source = await openData(path, { chunkBytes: 64 });
    await source[Symbol.asyncIterator]().next();
    await source.arriving().next();
    await model.labels(path, { chunkBytes: 64, threads: 1 }).next();
  }
  const spooled = await openData(rows(), { chunkBytes: 64 });
  for await (const _ of spooled);
  await spooled[Symbol.asyncIterator]().next();
  const half = await openData(rows(), { chunkBytes: 64 });
  await half[Symbol.asyncIterator]().next();
  const online = new KMeans({ components: 2 }).online({ heldOut: rows(), threads: 1 });
  await online.add([
    [1, 2],
    [3, 5],
  ]);
}

const model = await new KMeans({ components: 2 }).fit([
  [1, 2],
  [3, 4],
]);
await forget(model); // what stays open for good is opened the first time
for (let i = 0; i < 20; i++) await setTimeout(5, collect());
const before = filesOpen();
await forget(model);
for (let i = 0; i < 40 && filesOpen() > before; i++) await setTimeout(10, collect());
await setTimeout(50, collect());
console.log(JSON.stringify({ warnings, left: filesOpen() - before }));
