/** Means of so many runs of samples: what comes and goes within a run, as memory between two collections does, is no growth. */
const RUNS = 12;

/**
 * By how much a series grew from its beginning to its end, by the least-squares line through the means of its runs, and three
 * standard errors of that: a series without growth is beyond them once in 300 times or less.
 *
 * @param {readonly number[]} series
 */
export function growthOf(series) {
  const length = Math.max(1, Math.floor(series.length / RUNS));
  const means = Array.from({ length: Math.floor(series.length / length) }, (_, run) => {
    const part = series.slice(run * length, (run + 1) * length);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const n = means.length;
  const [middle, mean] = [(n - 1) / 2, means.reduce((sum, value) => sum + value, 0) / n];
  let [products, squares] = [0, 0];
  for (const [run, value] of means.entries()) {
    products += (run - middle) * (value - mean);
    squares += (run - middle) ** 2;
  }
  const slope = products / squares;
  const residuals = means.reduce((sum, value, run) => sum + (value - mean - slope * (run - middle)) ** 2, 0);
  return { growth: slope * n, uncertainty: 3 * n * Math.sqrt(residuals / Math.max(1, n - 2) / squares) };
}
