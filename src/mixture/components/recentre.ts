// Moments about one set of means become moments about another.
import type { Statistics } from '../statistics.ts';

/** Turns moments about the means `from` into moments about the means `to` (both K × D), in place. */
export function recentre(statistics: Statistics, from: Float64Array, to: Float64Array): Statistics {
  const { components, dimensions, covariance } = statistics.shape;
  const shift = new Float64Array(dimensions);
  const [plus, minus] = [new Float64Array(dimensions), new Float64Array(dimensions)];
  let gain = 0;
  for (let k = 0; k < components; k++) {
    const first = statistics.first[k]!;
    const second = statistics.second[k]!;
    const count = statistics.counts[k]!;
    let [ofShift, ofFirst, ofBoth] = [0, 0, 0];
    for (let j = 0, at = k * dimensions; j < dimensions; j++, at++) {
      shift[j] = to[at]! - from[at]!;
      ofShift += shift[j]! * shift[j]!;
      ofFirst += first[j]! * first[j]!;
      ofBoth += shift[j]! * first[j]!;
    }
    if (ofShift === 0) continue;
    // δ becomes δ − d. F dᵀ + d Fᵀ is ½ (aF + d/a)(aF + d/a)ᵀ − ½ (aF − d/a)(aF − d/a)ᵀ, with both terms alike in size.
    const balance = ofFirst > 0 ? Math.sqrt(Math.sqrt(ofShift) / Math.sqrt(ofFirst)) : 0;
    for (let j = 0; j < dimensions && ofFirst > 0; j++) {
      plus[j] = balance * first[j]! + shift[j]! / balance;
      minus[j] = balance * first[j]! - shift[j]! / balance;
    }
    if (ofFirst > 0) {
      covariance.addOuter(second, plus, -0.5);
      covariance.addOuter(second, minus, 0.5);
    }
    covariance.addOuter(second, shift, count);
    for (let j = 0; j < dimensions; j++) first[j]! -= count * shift[j]!;
    gain += ofBoth - 0.5 * count * ofShift;
  }
  // Where nothing is estimated but means, log densities are −½ the squared distances that the header holds the sum of.
  if (covariance.size(dimensions) === 0) statistics.setLogNormaliser(statistics.logNormaliser + gain);
  return statistics;
}
