import { expect, test } from 'vitest';
import { dirichlet } from '../../src/mixture/weights/dirichlet.ts';
import { proportions } from '../../src/mixture/weights/proportions.ts';
import { stickBreaking } from '../../src/mixture/weights/stick-breaking.ts';
import { digamma } from '../../src/util/gamma.ts';

const counts = Float64Array.of(5, 2.5, 0.5);

test('proportions', () => {
  expect([...proportions.update(counts, 8, { alpha0: 1, discount: 0 }).logWeights]).toEqual(
    [5, 2.5, 0.5].map((count) => Math.log(count / 8)),
  );
});

test('Dirichlet: E[log π], and no divergence from its own prior', () => {
  const { logWeights, concentration } = dirichlet.update(counts, 8, { alpha0: 0.5, discount: 0 });
  expect([...concentration!]).toEqual([5.5, 3, 1]);
  expect(logWeights[1]).toBeCloseTo(digamma(3) - digamma(9.5), 14);
  const prior = { alpha0: 0.5, discount: 0 };
  expect(dirichlet.divergence(dirichlet.update(new Float64Array(3), 0, prior), prior)).toBeCloseTo(0, 12);
  expect(dirichlet.divergence({ logWeights, concentration }, prior)).toBeGreaterThan(0);
});

test('sticks: the Beta parameters count what lies beyond, with the discount', () => {
  const prior = { alpha0: 2, discount: 0.25 };
  const { concentration, logWeights } = stickBreaking.update(counts, 8, prior);
  expect([...concentration!]).toEqual([5.75, 2.25 + 3, 3.25, 2.5 + 0.5, 1.25, 2.75]);
  const second = digamma(3.25) - digamma(6.25) + digamma(5.25) - digamma(11);
  expect(logWeights[1]).toBeCloseTo(second, 13);
  expect(stickBreaking.divergence(stickBreaking.update(new Float64Array(3), 0, prior), prior)).toBeCloseTo(0, 12);
  expect(stickBreaking.divergence({ concentration, logWeights }, prior)).toBeGreaterThan(0);
});
