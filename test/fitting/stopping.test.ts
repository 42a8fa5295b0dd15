import { expect, test } from 'vitest';
import { type Control, stopReason } from '../../src/fitting/stopping.ts';

const control = (settings: Partial<Control> = {}): Control => ({
  tolerance: 0.1,
  patience: 0,
  maxIterations: 100,
  ...settings,
});

test.each([
  ['before the first M-step', [], {}, undefined],
  ['while there are gains', [5, 4, 0.1], {}, undefined],
  ['a small gain', [5, 0.09], {}, 'tolerance'],
  ['a decrease', [5, -0.2], {}, 'decreased'],
  ['a decrease is let pass by patience', [5, -0.2, -0.1], { patience: 2 }, undefined],
  ['small gains beyond patience', [5, 0.01, 0.01, 0.01], { patience: 2 }, 'patience'],
  ['a decrease beyond patience', [5, 0.01, 0.01, -1], { patience: 2 }, 'decreased'],
  ['a gain starts the count anew', [5, 0.01, 0.01, 5, 0.01, 0.01], { patience: 2 }, undefined],
  ['the first gain may be the last', [0.01], {}, 'tolerance'],
  ['nothing gained at all', [5, 0], { tolerance: 0, patience: 3 }, 'converged'],
  ['nothing gained, whatever the tolerance', [5, 0], { tolerance: -1 }, 'converged'],
  ['exact iterations of nothing', [0], { iterations: 2 }, undefined],
  ['the maximum', [5, 5, 5], { maxIterations: 3 }, 'max-iterations'],
  ['no iteration at all', [], { maxIterations: 0 }, 'max-iterations'],
  ['exact iterations', [5, 5], { iterations: 2 }, 'iterations'],
  ['exact iterations despite decreases', [-5], { iterations: 2 }, undefined],
  ['no exact iteration', [], { iterations: 0 }, 'iterations'],
  ['a negative tolerance lets decreases pass', [-0.2, -0.2], { tolerance: -1 }, undefined],
] as [string, number[], Partial<Control>, string | undefined][])('%s', (_, gains, settings, reason) => {
  expect(stopReason(gains, control(settings))).toBe(reason);
});

test('a fit that moves clusters goes on, but not beyond the maximum', () => {
  expect(stopReason([5, 0], control(), true)).toBeUndefined();
  expect(stopReason([5, 0], control({ maxIterations: 2 }), true)).toBe('max-iterations');
});
