// Fits to CSV from a pipe. A pipe can be read only once, so it is kept in a temporary file while the first pass reads it.
//   cat frames.csv | node examples/pipe-csv.js -
// Without the - a small table is made up.
import { Readable } from 'node:stream';
import { KMeans, openData } from 'megamix';

function* madeUp() {
  yield 'x,y\n';
  for (let n = 0; n < 3000; n++) yield `${(n % 3) * 10 + Math.sin(n)},${(n % 3) * -4 + Math.cos(5 * n)}\n`;
}

const piped = !process.stdin.isTTY && process.argv.includes('-');
const source = await openData(piped ? process.stdin : Readable.from(madeUp()), { format: 'csv', name: 'the pipe' });
const model = await new KMeans({ components: 3 }).fit(source);
console.log(`${source.rows} rows of ${source.dimensions} columns; centres:`);
console.table(model.means.to2DArray());
await source.close();
