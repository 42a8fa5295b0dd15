// Puts the gamma functions, which come as some 160 packages of a few lines each, into one file of the build.
import { join } from 'node:path';
import { intoOneFile } from './bundle.mjs';

/**
 * Replaces `util/gamma.js` by one that needs no packages.
 *
 * @param {string} made where the build is
 * @returns {Promise<string[]>} the modules that it is made of
 */
export const bundleGamma = (made) =>
  intoOneFile(join(made, 'util', 'gamma.js'), { platform: 'neutral', resolve: { mainFields: ['main'] } });
