// Damages files of every format, and looks how reading them ends (npm run fuzz -- --cases 100000 --format npy --seed 1).
// A case of its own, its file kept in .cache/fuzz: --format F --seed N --case N, or --case FIRST-LAST in one process.
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCase } from '../test/fuzz/cases.mjs';
import { Fuzz, formats } from '../test/fuzz/run.mjs';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    format: { type: 'string', multiple: true, default: formats },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    case: { type: 'string' },
  },
});
const strange = values.format.filter((name) => !formats.includes(name));
const seed = Number(values.seed);
const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(values.case ?? `0-${Number(values.cases) - 1}`) ?? [];
if (
  strange.length > 0 ||
  !Number.isSafeInteger(seed) ||
  from === undefined ||
  (values.case && values.format.length > 1)
) {
  console.error(`usage: npm run fuzz -- [--cases N] [--format F] [--seed N] [--case N]
F is one of ${formats.join(', ')}; --case needs it`);
  process.exit(2);
}
const [first, end] = [Number(from), Number(to) + 1];

if (values.case) await keep(values.format[0], end - 1);
console.log(`seed ${seed}, cases ${first} to ${end - 1} of ${values.format.join(', ')}`);
const start = performance.now();
const isTerminal = process.stderr.isTTY;
const onProgress = (format, done) => isTerminal && process.stderr.write(`\r${format} ${done}        `);
const processes = values.case ? 1 : 2;
const fuzz = new Fuzz({ processes, onProgress });
process.on('SIGINT', () => {
  fuzz.close();
  process.exit(130);
});
const { rows, faults } = await fuzz.run({ formats: values.format, seed, first, end });
fuzz.close();
if (isTerminal) process.stderr.write('\r');
report();

/** Writes the file of a case, with what it names beside it. */
async function keep(format, number) {
  const original = async () => ({ data: new Float64Array(), dimensions: 0 });
  const { name, files, how } = await makeCase(format, seed, number, original);
  const directory = join(import.meta.dirname, '..', '.cache', 'fuzz', `${format}-${seed}-${number}`);
  mkdirSync(directory, { recursive: true });
  for (const [file, bytes] of files) writeFileSync(join(directory, file), bytes);
  console.log(`${relative('.', join(directory, name))} (${how})`);
}

function report() {
  const seconds = (performance.now() - start) / 1000;
  const table = [...rows].map(([format, { cases, read, refused, partly, kinds }]) => {
    const found = [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ');
    return [format, cases, read, refused, partly, found || '-'];
  });
  const total = table.reduce((sum, row) => sum + row[1], 0);
  const wide = (cell) => String(cell).padStart(9);
  for (const [format, ...cells] of [['format', 'cases', 'read', 'refused', 'in part', '   faults'], ...table]) {
    console.log(format.padEnd(8) + cells.map(wide).join(''));
  }
  console.log(`${total} cases in ${seconds.toFixed(0)} s, ${Math.round(total / seconds)} a second`);
  for (const { format, kind, detail, how, number, count, after } of faults) {
    const which =
      after === number ? number : after === undefined ? `${number} (only after others)` : `${after}-${number}`;
    const said = JSON.stringify(detail.slice(0, 300))
      .slice(1, -1)
      .replace(/[\x7f-\x9f]/g, '?');
    console.log(
      `\n${kind} (${count}): ${said}\n  --format ${format} --seed ${seed} --case ${which}${how ? `  ${how}` : ''}`,
    );
  }
  process.exitCode = faults.length > 0 ? 1 : 0;
}
