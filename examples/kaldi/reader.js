// Reads what Kaldi's tools would read, archives of features and diagonal mixtures, and computes log-likelihoods of frames. It imports nothing.

/**
 * The matrices and vectors of an archive, in single precision (FM, FV) or double (DM, DV): key, where it begins, and its rows.
 *
 * @param {Buffer} bytes
 * @returns {{ key: string, offset: number, rows: number[][] }[]}
 */
export function readArchive(bytes) {
  const utterances = [];
  const reader = new Reader(bytes);
  while (!reader.isAtEnd()) {
    const key = reader.token();
    const offset = reader.at;
    reader.expectBinary();
    utterances.push({ key, offset, rows: reader.matrix() });
  }
  return utterances;
}

/**
 * A mixture of `gmm-global-…` (final.dubm): the numbers of diag-gmm.cc, with its constants computed anew, in double precision.
 *
 * @param {Buffer} bytes
 */
export function readDiagGmm(bytes) {
  const reader = new Reader(bytes);
  reader.expectBinary();
  reader.expect('<DiagGMM>');
  reader.expect('<GCONSTS>');
  reader.vector();
  reader.expect('<WEIGHTS>');
  const weights = reader.vector();
  reader.expect('<MEANS_INVVARS>');
  const shifts = reader.matrix();
  reader.expect('<INV_VARS>');
  const precisions = reader.matrix();
  reader.expect('</DiagGMM>');
  const components = weights.map((weight, k) => ({ weight, shift: shifts[k] ?? [], precision: precisions[k] ?? [] }));
  return components.map(({ weight, shift, precision }) => {
    const constant = precision.reduce(
      (sum, p, j) => sum + 0.5 * Math.log(p / (2 * Math.PI)) - (0.5 * (shift[j] ?? 0) ** 2) / p,
      Math.log(weight),
    );
    return { constant, shift, precision };
  });
}

/**
 * The log-likelihood of a frame, and how much of it may be the rounding of the file to single precision: of each component ε (1 for the
 * weight, ½ and ½ p (x − μ)² for each precision p, p |x − μ| |μ| for each mean), of which the largest bounds that of their sum.
 *
 * @param {ReturnType<typeof readDiagGmm>} components
 * @param {number[]} frame
 */
export function logLikelihood(components, frame) {
  let rounding = 0;
  const each = components.map(({ constant, shift, precision }) => {
    let [sum, terms] = [constant, 1];
    for (const [j, x] of frame.entries()) {
      const [m, p] = [shift[j] ?? 0, precision[j] ?? 1];
      const mean = m / p;
      sum += m * x - 0.5 * p * x * x;
      terms += 0.5 + 0.5 * p * (x - mean) ** 2 + p * Math.abs(x - mean) * Math.abs(mean);
    }
    rounding = Math.max(rounding, EPSILON * terms);
    return sum;
  });
  const most = Math.max(...each);
  return { value: most + Math.log(each.reduce((sum, value) => sum + Math.exp(value - most), 0)), rounding };
}

/** Half the distance from 1 to the next number of single precision. */
const EPSILON = 2 ** -24;

class Reader {
  at = 0;
  #bytes;

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  isAtEnd() {
    return this.at === this.#bytes.length;
  }

  expectBinary() {
    if (this.#bytes.toString('latin1', this.at, this.at + 2) !== '\0B')
      throw new Error(`no binary object at ${this.at}`);
    this.at += 2;
  }

  token() {
    const end = this.#bytes.indexOf(' ', this.at);
    const token = this.#bytes.toString('latin1', this.at, end);
    this.at = end + 1;
    return token;
  }

  /** @param {string} expected */
  expect(expected) {
    const found = this.token();
    if (found !== expected) throw new Error(`${found} in place of ${expected}`);
  }

  vector() {
    this.expect('FV');
    return this.#numbers(this.#size(), 4);
  }

  /** Rows of a matrix, or of one number each, of a vector. */
  matrix() {
    const token = this.token();
    const bytes = token.startsWith('D') ? 8 : 4;
    const rows = this.#size();
    const columns = token.endsWith('V') ? 1 : this.#size();
    return Array.from({ length: rows }, () => this.#numbers(columns, bytes));
  }

  #size() {
    const size = this.#bytes.readInt32LE(this.at + 1);
    this.at += 5;
    return size;
  }

  /**
   * @param {number} count
   * @param {number} bytes
   */
  #numbers(count, bytes) {
    const numbers = Array.from({ length: count }, (_, i) => {
      const at = this.at + i * bytes;
      return bytes === 4 ? this.#bytes.readFloatLE(at) : this.#bytes.readDoubleLE(at);
    });
    this.at += count * bytes;
    return numbers;
  }
}
