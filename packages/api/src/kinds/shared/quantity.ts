/**
 * Quantities as Kubernetes writes them: `512Mi`, `1Gi`, `1.5G`, `2e9`.
 */

const scales: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
]);

/** The number a quantity stands for, rounded up to a whole one as Kubernetes does; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const [, digits, exponent, suffix = ''] =
    /^(\d{1,18}(?:\.\d{1,9})?)(?:[eE](\d{1,2})|([A-Za-z]{0,2}))$/.exec(text) ?? [];
  const scale = exponent === undefined ? scales.get(suffix) : 10 ** Number(exponent);
  return digits === undefined || scale === undefined ? undefined : Math.ceil(Number(digits) * scale);
}
