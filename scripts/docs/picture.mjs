// Draws the Dirichlet-process mixture of `npm start` as SVG, docs/images/dpgmm.svg: its components, and its criterion pass by pass.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { DPVariationalGaussianMixture, openData, partition } from '../../dist/index.js';

const root = join(import.meta.dirname, '..', '..');
const target = join(root, 'docs', 'images', 'dpgmm.svg');
const [SIZE, MARGIN, SHOWN] = [360, 44, 1200];

const frames = await openData(join(root, 'data', 'speech-en.npy'));
const [training, heldOut] = partition(frames, (frame) => Math.floor(frame / 500) % 4 === 3);
/** @type {number[]} */
const course = [];
const fitted = await new DPVariationalGaussianMixture({
  components: 64,
  covariance: 'diagonal',
  patience: 2,
  tolerance: 3e-3,
  maxIterations: 200,
}).fit(training, {
  heldOut,
  onIteration({ iteration, heldOutCriterion, heldOutRows }) {
    if (iteration > 0) course.push(Number(heldOutCriterion) / heldOutRows);
  },
});
const model = await fitted.simplify(training);

const rows = await sample(training);
const axes = principalAxes(rows);
const labels = [];
for await (const some of model.labels(rows)) labels.push(...some);

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, svg());

/** Some rows, evenly spread. */
async function sample(source) {
  const found = [];
  let row = 0;
  for await (const { data, rows: count, dimensions } of source) {
    for (let n = 0; n < count; n++, row++) {
      if (row % Math.floor((0.75 * 20000) / SHOWN) === 0)
        found.push([...data.subarray(n * dimensions, (n + 1) * dimensions)]);
    }
  }
  return found;
}

/** The mean of rows, and the two directions in which they vary most, scaled to unit variance. @param {number[][]} all */
function principalAxes(all) {
  const matrix = new Matrix(all);
  const mean = matrix.mean('column');
  const centred = matrix.subRowVector(mean);
  const covariance = centred.transpose().mmul(centred).div(all.length);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues
    .map((_, i) => i)
    .sort((a, b) => Number(realEigenvalues[b]) - Number(realEigenvalues[a]));
  const direction = (/** @type {number} */ i) =>
    eigenvectorMatrix.getColumn(i).map((x) => x / Math.sqrt(Number(realEigenvalues[i])));
  return { mean, directions: order.slice(0, 2).map(direction) };
}

/** Where a row is in the picture's two dimensions. @param {ArrayLike<number>} row */
function project(row) {
  return axes.directions.map((axis) =>
    axis.reduce((sum, x, j) => sum + x * (Number(row[j]) - Number(axes.mean[j])), 0),
  );
}

/** The standard deviations of a component in these dimensions, and the angle of the larger. @param {number} k */
function ellipse(k) {
  const covariance = model.covariance(k);
  const along = new Matrix(axes.directions);
  const [[a, b], [, d]] = along.mmul(covariance).mmul(along.transpose()).to2DArray();
  const middle = (a + d) / 2;
  const off = Math.hypot((a - d) / 2, b);
  return {
    long: Math.sqrt(middle + off),
    short: Math.sqrt(Math.max(middle - off, 0)),
    angle: 0.5 * Math.atan2(2 * b, a - d),
  };
}

function svg() {
  const width = 2 * SIZE + 3 * MARGIN;
  const height = SIZE + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>A Dirichlet-process mixture of speech frames: components and criterion</title>
<rect width="${width}" height="${height}" fill="white"/>
<g transform="translate(${MARGIN} ${MARGIN})">${scatter()}</g>
<g transform="translate(${SIZE + 2 * MARGIN} ${MARGIN})">${curve()}</g>
</svg>
`;
}

function scatter() {
  const points = rows.map(project);
  const [left, bottom] = [0, 1].map((axis) => edge(points, axis, 0.005));
  const [right, top] = [0, 1].map((axis) => edge(points, axis, 0.995));
  const reach = 1.1 * Math.max(Number(right) - Number(left), Number(top) - Number(bottom));
  const scale = SIZE / reach;
  const at = (/** @type {number} */ x) => (SIZE / 2 + scale * (x - (Number(left) + Number(right)) / 2)).toFixed(1);
  const up = (/** @type {number} */ y) => (SIZE / 2 - scale * (y - (Number(bottom) + Number(top)) / 2)).toFixed(1);
  const colour = (/** @type {number} */ k) => `hsl(${Math.round((k * 137.5) % 360)} 65% 45%)`;
  const dots = points.map(
    ([x = 0, y = 0], n) => `<circle cx="${at(x)}" cy="${up(y)}" r="1.1" fill="${colour(labels[n])}"/>`,
  );
  const means = model.means;
  const shapes = Array.from({ length: model.components }, (_, k) => {
    const [x = 0, y = 0] = project(means.getRow(k));
    const { long, short, angle } = ellipse(k);
    const turned = `rotate(${((-angle * 180) / Math.PI).toFixed(1)} ${at(x)} ${up(y)})`;
    return `<ellipse cx="${at(x)}" cy="${up(y)}" rx="${(long * scale).toFixed(1)}" ry="${(short * scale).toFixed(1)}" transform="${turned}" fill="none" stroke="${colour(k)}" stroke-width="1.3" stroke-opacity=".8"/>`;
  });
  return `<clipPath id="c"><rect width="${SIZE}" height="${SIZE}"/></clipPath>
<text y="-12" font-size="13">${model.components} components that frames belong to, of 64</text>
<rect width="${SIZE}" height="${SIZE}" fill="none" stroke="#999"/>
<g clip-path="url(#c)">${dots.join('\n')}\n${shapes.join('\n')}</g>
<text y="${SIZE + 18}">two principal axes of 39 dimensions; ellipses: 1 standard deviation</text>`;
}

function curve() {
  const [low, high] = [Math.min(...course), Math.max(...course)];
  const last = course.length - 1;
  const at = (/** @type {number} */ pass) => ((pass / last) * SIZE).toFixed(1);
  const up = (/** @type {number} */ y) => ((0.97 - (0.94 * (y - low)) / (high - low)) * SIZE).toFixed(1);
  const points = course.map((y, pass) => `${at(pass)},${up(y)}`);
  const ticks = [low, (low + high) / 2, high].map(
    (y) => `<text x="-6" y="${Number(up(y)) + 4}" text-anchor="end">${y.toFixed(1)}</text>`,
  );
  return `<text y="-12" font-size="13">criterion of held-out frames, per frame</text>
<rect width="${SIZE}" height="${SIZE}" fill="none" stroke="#999"/>
<polyline points="${points.join(' ')}" fill="none" stroke="#2471a3" stroke-width="2"/>
${ticks.join('\n')}
<text y="${SIZE + 18}">pass 1 to ${last + 1}</text>`;
}

/** @param {number[][]} points @param {number} axis @param {number} share */
function edge(points, axis, share) {
  const values = points.map((point) => Number(point[axis])).toSorted((a, b) => a - b);
  return Number(values[Math.floor(share * (values.length - 1))]);
}
