// A source of one's own: anything with `dimensions` that can be iterated again and again, giving rows or chunks.
import { DPVariationalGaussianMixture } from 'megamix';

/** Rows that are computed when they are asked for: never all in memory, and the same in every pass. */
class Spiral {
  dimensions = 2;
  name = 'the spiral';
  rows = 50_000;

  async *[Symbol.asyncIterator]() {
    const CHUNK = 5000;
    for (let start = 0; start < this.rows; start += CHUNK) {
      const data = new Float64Array(CHUNK * this.dimensions);
      for (let n = 0; n < CHUNK; n++) {
        const angle = (start + n) / 4000;
        data[2 * n] = angle * Math.cos(angle) + 0.3 * Math.sin(7919 * n);
        data[2 * n + 1] = angle * Math.sin(angle) + 0.3 * Math.cos(104729 * n);
      }
      yield { data, dimensions: this.dimensions };
    }
  }
}

const spiral = new Spiral();
const model = await new DPVariationalGaussianMixture({ components: 30, maxIterations: 20 }).fit(spiral);
const simplified = await model.simplify(spiral);
console.log(
  `${simplified.components} of ${model.components} Gaussians lie along the spiral, after ${model.iterations} iterations`,
);
