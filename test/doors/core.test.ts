import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAst } from 'vite';
import { describe, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/browser.mjs';
import { DPVariationalGaussianMixture, GaussianMixture, KMeans, type MixtureModel } from '../../src/index.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { adopt } from '../setup/watchdog.ts';

const path = join(import.meta.dirname, '..', '..', 'dist', 'doors', 'core.js');
const directory = temporaryDirectory();
const browser = findBrowser();
if (!browser) console.error('skipped: there is no browser here (node scripts/setup.mjs --browser gets one)');

/** The same rows wherever this runs. */
const ROWS =
  'Array.from({ length: 3000 }, (_, i) => [(i % 3) * 5 + ((i * 7919) % 1009) / 1009, ((i * 104729) % 997) / 997])';
const rows: number[][] = new Function(`return ${ROWS}`)();
const KERNELS = ['js', 'wasm'] as const;

/** What is compared of a model. */
const told = ({ means, criterion }: Pick<MixtureModel, 'means' | 'criterion'>) => [...means.to1DArray(), ...criterion];

describe('megamix/core', () => {
  test('is one file that imports nothing, and knows no module of Node.js', () => {
    const code = readFileSync(path, 'utf8');
    const found: unknown[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('type' in node && 'source' in node && node.source !== null) found.push(node.source);
      for (const child of Object.values(node)) visit(child);
    };
    visit(parseAst(code));
    expect(found).toEqual([]);
    expect(code).not.toMatch(/\brequire\(|from "node:/);
  });

  test('gives what the whole package gives, to the last bit', async () => {
    const core = await import('megamix/core');
    for (const kernel of KERNELS) {
      const settings = { components: 3 };
      const [own, whole] = [new core.GaussianMixture(settings), new GaussianMixture(settings)];
      expect(told(await own.fit(rows, { kernel }))).toEqual(told(await whole.fit(rows, { kernel })));
    }
  });

  test('makes models of numbers, JSON and bytes, and these of models', async () => {
    const core = await import('megamix/core');
    const numbers = {
      counts: [30, 10],
      means: [
        [1, 0],
        [4, 2],
      ],
      covariances: [1, 2],
      covariance: 'spherical',
    } as const;
    const own = core.DPVariationalGaussianMixture.from(numbers);
    const whole = DPVariationalGaussianMixture.from(numbers);
    expect(JSON.stringify(own)).toBe(JSON.stringify(whole));
    expect([...own.toBytes()]).toEqual([...whole.toBytes()]);
    expect(core.MixtureModel.fromJSON(JSON.stringify(whole)).state).toEqual(whole.state);
    expect(core.MixtureModel.fromBytes(whole.toBytes()).state).toEqual(whole.state);
    expect(() => core.MixtureModel.fromBytes(whole.toBytes().fill(0, 40, 41))).toThrow('do not match their checksum');
  });

  test('says of what needs Node.js that it does', async () => {
    const core = await import('megamix/core');
    const model = await new core.KMeans({ components: 3 }).fit(rows);
    const expected = { name: 'SettingError', message: expect.stringMatching(/^megamix\/core has no /) };
    await expect(core.openData('rows.npy')).rejects.toMatchObject(expected);
    await expect(model.save(directory('model.h5'))).rejects.toMatchObject(expected);
    await expect(core.MixtureModel.load('model.h5')).rejects.toMatchObject(expected);
    expect(() => model.scorer()).toThrow(expect.objectContaining(expected));
  });

  test.skipIf(!browser)('fits and predicts in a browser, as here', async () => {
    const answer = JSON.parse(
      await inBrowser(`
      const { KMeans, GaussianMixture, DPVariationalGaussianMixture, MixtureModel } = await import('/core.js');
      const rows = ${ROWS};
      const told = ({ means, criterion }) => [...means.to1DArray(), ...criterion];
      const results = [];
      for (const kernel of ${JSON.stringify(KERNELS)}) {
        for (const Model of [KMeans, GaussianMixture, DPVariationalGaussianMixture]) {
          const fitted = await new Model({ components: 3 }).fit({ data: Float64Array.from(rows.flat()), dimensions: 2 }, { kernel });
          const model = MixtureModel.fromJSON(JSON.stringify(MixtureModel.fromBytes(fitted.toBytes())));
          results.push([told(model), [...(await model.predict(rows.slice(0, 9))).labels]]);
        }
      }
      return results;`),
    );
    const expected: unknown[] = [];
    for (const kernel of KERNELS) {
      for (const Model of [KMeans, GaussianMixture, DPVariationalGaussianMixture]) {
        const model = await new Model({ components: 3 }).fit(rows, { kernel });
        expected.push([told(model), [...(await model.predict(rows.slice(0, 9))).labels]]);
      }
    }
    for (const [i, [numbers, labels]] of (expected as [number[], number[]][]).entries()) {
      // the exponentials of another engine may differ in their last bit
      for (const [j, number] of numbers.entries()) expect(answer[i][0][j]).toBeCloseTo(number, 9);
      expect(answer[i][1]).toEqual(labels);
    }
  });
});

/** What a program gives, as JSON, when it runs in a browser that has nothing but megamix/core. */
async function inBrowser(program: string): Promise<string> {
  const page = `<!doctype html><script type="module">
    const run = async () => { ${program} };
    const body = await run().then(JSON.stringify, (error) => String(error.stack));
    await fetch('/answer', { method: 'POST', body });
  </script>`;
  const server = createServer();
  const answered = new Promise<string>((resolve) => {
    server.on('request', (request: IncomingMessage, response) => {
      if (request.url === '/answer') resolve(text(request));
      const isScript = request.url === '/core.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? readFileSync(path) : page);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const child = spawn(
    browser!,
    [...flags, `--user-data-dir=${directory('profile')}`, '--remote-debugging-port=0', url],
    {
      stdio: 'ignore',
    },
  );
  adopt(child);
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`${browser} ended without an answer`);
  });
  try {
    return await Promise.race([answered, failed]);
  } finally {
    child.kill('SIGKILL');
    await ended;
    server.closeAllConnections();
    server.close();
    await failed.catch(() => {});
  }
}
