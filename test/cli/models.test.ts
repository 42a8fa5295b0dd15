import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DPVariationalGaussianMixture, GaussianMixture, KMeans } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { contentsOf } from '../helpers/models.ts';
import { megamix } from './run.ts';

const path = temporaryDirectory();
const numbers = {
  means: [
    [1, 2],
    [3, 4],
  ],
  covariances: [1, 2],
};
const gmm = GaussianMixture.from({ ...numbers, weights: [0.25, 0.75] });

test('a model goes to Kaldi and comes back, as text and binary', async () => {
  await gmm.save(path('gmm.h5'));
  for (const flags of [[], ['--text']]) {
    expect(await megamix(['export', path('gmm.h5'), '-o', path('final.dubm'), ...flags])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(path('final.dubm'), 'latin1')).toMatch(
      flags.length > 0 ? /^<DiagGMM> \n<GCONSTS>/ : /^\0B<DiagGMM> <GCONSTS> FV /,
    );
    const { code, stdout, stderr } = await megamix([
      'import',
      path('final.dubm'),
      '-o',
      path('back.h5'),
      '--output-group',
      'ubm',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`2 components in 2 dimensions (gmm, diagonal), saved in ${path('back.h5')}\n`);
    const back = await MixtureModel.load(path('back.h5'), { group: 'ubm' });
    expect(back.means).toEqual(gmm.means);
    expect(back.covariances).toEqual(gmm.covariances);
  }
});

test('JSON on the way out is the same model on the way in', async () => {
  await gmm.save(path('gmm.h5'));
  await megamix(['export', path('gmm.h5'), '-o', path('gmm.json')]);
  await megamix(['import', path('gmm.json'), '-o', path('json.h5')]);
  expect(contentsOf(await MixtureModel.load(path('json.h5')))).toBe(contentsOf(gmm));
});

test('what is lost or wrong is said', async () => {
  await DPVariationalGaussianMixture.from({ ...numbers, counts: [60, 40] }).save(path('dp.h5'));
  const lost = await megamix(['export', path('dp.h5'), '-o', path('dp.ubm')]);
  expect(lost).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning: .*dp\.ubm: Kaldi has no dpgmm: /) });
  await KMeans.from([[1, 2]]).save(path('k.h5'));
  const refused = await megamix(['export', path('k.h5'), '-o', path('k.ubm')]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('a kmeans has no densities');
  writeFileSync(path('broken.dubm'), '<DiagGMM> <WEIGHTS> [ 1 ] <MEANS> ');
  const broken = await megamix(['import', path('broken.dubm'), '-o', path('no.h5')]);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain(
    'broken.dubm, after <WEIGHTS> (byte 33): received "<MEANS>", expected <MEANS_INVVARS>',
  );
});
