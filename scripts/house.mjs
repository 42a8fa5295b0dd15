// The plan of src/: its floors, the real imports, and what each file is; writes the last part of ARCHITECTURE.md (npm run house).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseAst } from 'vite';

export const root = join(import.meta.dirname, '..');

/** From the ground up: a room imports from itself and from what stands before it. Each is a folder of src/ or a file there. */
export const floors = /** @type {const} */ ([
  ['error-codes.ts', 'Error codes'],
  ['errors.ts', 'Errors'],
  ['chunk.ts', 'Chunks'],
  ['util', 'Small things that know nothing of mixtures'],
  ['files', 'Files: HDF5, atomic writes, temporary files'],
  ['mixture', 'The mathematics: models, their statistics, the M-step'],
  ['kernels', 'The E-step of a batch, fast'],
  ['speech', 'Sound becomes rows'],
  ['sources', 'Data become checked chunks'],
  ['storage', 'Models and rows become files'],
  ['e-step', 'The E-step over a stream'],
  ['inference', 'Fitted models'],
  ['fitting', 'Fits: initialization, algorithms, stopping'],
  ['estimator.ts', 'The door to fitting'],
  ['index.ts', 'The public API'],
  ['doors', 'Parts of the public API that stand alone'],
  ['cli', 'The command line'],
]);

/** The files of src/, by their paths in it. */
export const sourceFiles = () =>
  readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();

/** @param {string} file */
const text = (file) => readFileSync(join(root, 'src', file), 'utf8');

/** The room that a file is in. @param {string} file */
export const roomOf = (file) => /** @type {string} */ (file.split('/')[0]);

/** What each file imports, types and `import()` included. @returns {Map<string, string[]>} */
export function importGraph() {
  const isModule = (/** @type {string} */ file) => file.endsWith('.ts') && !file.startsWith('kernels/assembly/');
  return new Map(
    sourceFiles()
      .filter(isModule)
      .map((file) => [file, importsOf(file)]),
  );
}

/** @param {string} file */
function importsOf(file) {
  /** @type {Set<string>} */
  const found = new Set();
  const visit = (/** @type {any} */ node) => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node?.type !== 'string') return;
    const from = node.type === 'TSImportType' ? (node.source ?? node.argument?.literal) : node.source;
    if (typeof from?.value === 'string' && from.value.startsWith('.')) found.add(join(dirname(file), from.value));
    for (const [key, child] of Object.entries(node)) if (key !== 'source' && typeof child === 'object') visit(child);
  };
  visit(parseAst(text(file), { lang: 'ts' }));
  return [...found];
}

/** Files that import each other, in a circle. @param {Map<string, string[]>} graph */
export function circles(graph) {
  /** @type {string[][]} */
  const found = [];
  const done = new Set();
  const walk = (/** @type {string} */ file, /** @type {string[]} */ path) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push(path.slice(at));
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

/** What the first comment of a file says that it is. @param {string} file */
export function summaryOf(file) {
  if (file.endsWith('.json')) return 'How AssemblyScript is compiled.';
  const first = text(file)
    .split('\n')
    .find((line) => !line.startsWith('#!'));
  return /^\/\/ (\S.*)/.exec(first ?? '')?.[1];
}

/** The part of ARCHITECTURE.md that is made of the files. */
export function plan() {
  const files = sourceFiles();
  const sections = floors.map(([room, what]) => {
    const own = files.filter((file) => roomOf(file) === room);
    return [`### \`${room}\`: ${what}`, '', ...own.map((file) => `- \`src/${file}\`: ${summaryOf(file)}`)].join('\n');
  });
  return `${BEGIN}\n\n${sections.join('\n\n')}\n\n${END}`;
}

const [BEGIN, END] = ['<!-- made by npm run house -->', '<!-- until here -->'];

/** ARCHITECTURE.md with that part as it is to be. @param {string} document */
export const withPlan = (document) => {
  const [before, rest] = document.split(BEGIN);
  return `${before}${plan()}${rest?.split(END)[1]}`;
};

if (process.argv[1] === import.meta.filename) {
  const path = join(root, 'ARCHITECTURE.md');
  writeFileSync(path, withPlan(readFileSync(path, 'utf8')));
  const graph = importGraph();
  const arrows = new Set([...graph].flatMap(([file, to]) => to.map((other) => `${roomOf(file)} → ${roomOf(other)}`)));
  const between = [...arrows].filter((arrow) => new Set(arrow.split(' → ')).size === 2);
  console.log(`${floors.length} rooms, ${between.length} arrows between them, ${circles(graph).length} circles`);
}
