// MATLAB's files of version 7.3.
import { readSync } from 'node:fs';
import { Dataset, type Group } from 'h5wasm/node';
import { DataError } from '../../errors.ts';
import { lookUp, superblockOf, withFile } from '../../files/hdf5.ts';
import type { Input, Opener } from '../table.ts';
import { byColumns, StoredMatrix } from './hdf5-matrix.ts';
import { datasetPaths, hdf5Table, listed, notNamed, tableOfMatrix } from './hdf5-table.ts';

/** Classes of variables that are no numbers though their datasets are. */
const NO_NUMBERS: readonly unknown[] = ['char', 'cell', 'struct', 'function_handle'];
/** What structures and cells refer to. */
const REFERENCES = '#';
const MAGIC = 'MATLAB 5.0';

/**
 * A matrix of a .mat file of version 7.3, which is HDF5 with columns where others have rows: it is given as MATLAB shows it. Fields of structures
 * have paths (`file.mat:/speech/mfcc`). Source: MathWorks, "MAT-File Versions", and such files.
 */
export const matlab: Opener = {
  async open(input, _, from) {
    checkVersion(input);
    return hdf5Table(input, (file, path) => {
      const { name } = input;
      const dataset = chooseVariable(file, input);
      return tableOfMatrix(new StoredMatrix(checked(dataset, name), path, name, byColumns), from?.row);
    });
  },
};

function checkVersion({ path, name }: Input): void {
  if (path === undefined) return;
  const isOld = withFile(path, (file) => {
    const bytes = Buffer.alloc(MAGIC.length);
    readSync(file, bytes, 0, bytes.length, 0);
    return bytes.toString('latin1') === MAGIC && superblockOf(file) < 0;
  });
  if (!isOld) return;
  throw new DataError(
    'unsupported',
    `${name} is a MATLAB file of version 5 to 7, which is not read: save it as version 7.3 (save -v7.3), or as .npy`,
    { source: name },
  );
}

function chooseVariable(file: Group, { inside, name }: Input): Dataset {
  if (inside !== undefined) {
    const found = lookUp(file, inside);
    if (found instanceof Dataset) return found;
    if (found && 'MATLAB_sparse' in found.attrs)
      throw new DataError('unsupported', `${name}: a sparse matrix, which is not read: save it as full(…)`, {
        source: name,
      });
    throw new DataError('unknown-dataset', `${name} has no variable ${inside}; it has ${listed(variables(file))}`, {
      source: name,
    });
  }
  const paths = variables(file);
  const only = paths.length === 1 ? lookUp(file, paths[0]!) : undefined;
  if (only instanceof Dataset) return only;
  throw notNamed(name, paths, 'variable');
}

/** Paths of the variables that are matrices of numbers. */
const variables = (file: Group): string[] =>
  datasetPaths(file).filter((path) => {
    const found = lookUp(file, path);
    return !path.startsWith(`/${REFERENCES}`) && found instanceof Dataset && !NO_NUMBERS.includes(classOf(found));
  });

/** The class that MATLAB gives a variable; strings elsewhere in the file are not trusted. */
function classOf({ attrs }: Dataset): unknown {
  const { MATLAB_class: attribute } = attrs;
  return attribute && !attribute.metadata.vlen ? attribute.value : undefined;
}

function checked(dataset: Dataset, name: string): Dataset {
  const kind = classOf(dataset);
  if (NO_NUMBERS.includes(kind))
    throw new DataError('wrong-shape', `${name}: a variable of class ${kind}; expected a matrix of numbers`, {
      source: name,
    });
  if ('MATLAB_empty' in dataset.attrs)
    throw new DataError('empty', `${name} is an empty matrix: expected rows of numbers`, { source: name });
  return dataset;
}
