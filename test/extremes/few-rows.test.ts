import { describe, expect, test } from 'vitest';
import { expectFiniteFile, fitWarned, groups } from '../helpers/extremes.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

const path = temporaryDirectory();

describe.each(rows)('$label', (row: Row) => {
  test('100,000 identical rows, two components', async () => {
    const data = Float64Array.from({ length: 300_000 }, (_, i) => [1e6, 0.1, -3][i % 3]!);
    const { model, warnings } = await fitWarned(estimator(row, { components: 2 }), { data, dimensions: 3 });
    expect(warnings.length).toBeGreaterThan(0);
    await expectFiniteFile(model, path('identical.h5'));
    for (let j = 0; j < 3; j++) expect(model.means.get(0, j)).toBeCloseTo(data[j]!, 6);
  });

  test('as many components as rows, of which half are repeated', async () => {
    const half = groups(6, 3);
    const data = Float64Array.from([...half, ...half]);
    const { model, warnings } = await fitWarned(estimator(row, { components: 12 }), { data, dimensions: 3 });
    expect(warnings.length).toBeGreaterThan(0);
    await expectFiniteFile(model, path('rows.h5'));
  });

  test('restarts pass over attempts that fail', async () => {
    const data = groups(240, 3).map((value, i) => (Math.floor(i / 3) === 17 ? 1e12 : value));
    const settings = { components: 3, restarts: 4, regCovar: row.covariance === undefined ? undefined : 0 };
    const outcome = await fitWarned(estimator(row, settings), { data, dimensions: 3 }).catch((error: Error) => error);
    if (outcome instanceof Error) expect(outcome.message).toMatch(/far from all others/);
    else await expectFiniteFile(outcome.model, path('restarts.h5'));
  });
});
