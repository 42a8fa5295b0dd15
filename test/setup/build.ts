import type { TestProject } from 'vitest/node';
import { buildIfStale } from '../../scripts/build.mjs';

/** Workers, WebAssembly and the command line run from dist: it is the build of the sources as they are, always. */
export default async function setup(project: TestProject): Promise<void> {
  await buildIfStale();
  project.onTestsRerun(async () => buildIfStale());
}
