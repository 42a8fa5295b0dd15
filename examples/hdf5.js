// Reads rows from a dataset of an HDF5 file, saves two models side by side in another, and loads them again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import h5wasm, { File } from 'h5wasm/node';
import { GaussianMixture, MixtureModel } from 'megamix';

const directory = mkdtempSync(join(tmpdir(), 'hdf5-example-'));
const features = join(directory, 'features.h5');
const models = join(directory, 'models.h5');

await h5wasm.ready;
const file = new File(features, 'w');
const values = Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i) + (i % 4 < 2 ? 0 : 5));
file
  .create_group('session')
  .create_dataset({ name: 'mfcc', data: values, shape: [1000, 2], chunks: [100, 2], compression: 'gzip' });
file.close();

const model = await new GaussianMixture({ components: 2, iterations: 5 }).fit(`${features}:/session/mfcc`);
await model.save(models);
await model.save(models, { group: 'backup' });

const loaded = await MixtureModel.load(models, { group: 'backup' });
console.log(
  `${loaded.kind} of ${loaded.components} components after ${loaded.iterations} iterations; first mean:`,
  loaded.means.getRow(0),
);

// A loaded model is fitted on exactly as if it had never been saved.
const more = await new GaussianMixture({ init: loaded, iterations: 2 }).fit(`${features}:/session/mfcc`);
console.log(`${more.iterations} iterations in all`);
rmSync(directory, { recursive: true });
