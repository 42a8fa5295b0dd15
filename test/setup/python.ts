import type { TestProject } from 'vitest/node';
import { ensurePython } from '../../scripts/python.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of the peers' Python; null on a machine without Python 3. */
    python: string | null;
  }
}

/** Makes the peers' environment; a failure to do so is a failure, the lack of Python 3 is not. */
export default function setup(project: TestProject): void {
  const python = ensurePython() ?? null;
  if (!python) console.error('Comparisons with peers are skipped: there is no python3 with venv here.');
  project.provide('python', python);
}
