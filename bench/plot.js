/**
 * @typedef {{ name: string, points: (readonly [x: number, y: number])[] }} Curve
 * @typedef {{ title: string, level: { value: number, name: string }, curves: Curve[] }} Panel
 */

const [WIDTH, HEIGHT, MARGIN] = [430, 300, 56];
const COLOURS = ['#444444', '#c0392b', '#e59866', '#2471a3', '#1e8449'];

/**
 * Curves in panels, two beside each other, as SVG. The lowest tenth of the y range is cut off: where all begin says little.
 *
 * @param {readonly Panel[]} panels
 * @param {string} xLabel
 * @param {string} yLabel
 */
export function plot(panels, xLabel, yLabel) {
  const columns = Math.min(2, panels.length);
  const [width, height] = [columns * WIDTH, Math.ceil(panels.length / columns) * HEIGHT];
  const drawn = panels.map((panel, i) => {
    const [x, y] = [(i % columns) * WIDTH, Math.floor(i / columns) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${draw(panel, xLabel, yLabel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>${yLabel}, against ${xLabel}</title>
<rect width="${width}" height="${height}" fill="white"/>
${drawn.join('\n')}
</svg>
`;
}

/**
 * @param {Panel} panel
 * @param {string} xLabel
 * @param {string} yLabel
 */
function draw({ title, level, curves }, xLabel, yLabel) {
  const points = curves.flatMap((curve) => curve.points);
  const xMost = Math.max(...points.map(([x]) => x));
  const yMost = Math.max(...points.map(([, y]) => y));
  const yAll = Math.min(...points.map(([, y]) => y));
  const yLeast = Math.max(yAll, yMost - 20 * (yMost - level.value));
  const [right, bottom] = [WIDTH - 12, HEIGHT - MARGIN + 14];
  const x = (/** @type {number} */ value) => MARGIN + (value / xMost) * (right - MARGIN);
  const y = (/** @type {number} */ value) => 28 + ((yMost - value) / (yMost - yLeast)) * (bottom - 28);
  const lines = curves.map(({ name, points: all }, i) => {
    const shown = all.filter(([, value]) => value >= yLeast);
    const path = shown.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ');
    const colour = COLOURS[i % COLOURS.length];
    const legend = `<text x="${right - 4}" y="${bottom - 12 - 14 * (curves.length - 1 - i)}" text-anchor="end" fill="${colour}">${name}</text>`;
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.6"/>${legend}`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const [a, b] = [share * xMost, yLeast + share * (yMost - yLeast)];
    return [
      `<text x="${x(a)}" y="${bottom + 14}" text-anchor="middle">${a.toFixed(1)}</text>`,
      `<text x="${MARGIN - 5}" y="${y(b) + 4}" text-anchor="end">${b.toFixed(2)}</text>`,
    ];
  });
  return [
    `<text x="${(MARGIN + right) / 2}" y="18" text-anchor="middle" font-weight="bold">${title}</text>`,
    `<path d="M${MARGIN} 28V${bottom}H${right}" fill="none" stroke="#888888"/>`,
    `<path d="M${MARGIN} ${y(level.value)}H${right}" stroke="#888888" stroke-dasharray="4 3"/>`,
    `<text x="${MARGIN + 6}" y="${y(level.value) - 4}" fill="#666666">${level.name}</text>`,
    ...ticks,
    ...lines,
    `<text x="${(MARGIN + right) / 2}" y="${bottom + 28}" text-anchor="middle">${xLabel}</text>`,
    `<text transform="translate(12 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
  ].join('\n');
}
