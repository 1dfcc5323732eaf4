/**
 * Quantities as Kubernetes writes them: `512Mi`, `1Gi`, `1.5G`, `2e9`.
 */

const scales: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['k', 10n ** 3n],
  ['M', 10n ** 6n],
  ['G', 10n ** 9n],
  ['T', 10n ** 12n],
  ['P', 10n ** 15n],
  ['Ki', 2n ** 10n],
  ['Mi', 2n ** 20n],
  ['Gi', 2n ** 30n],
  ['Ti', 2n ** 40n],
  ['Pi', 2n ** 50n],
]);

const shape = /^(\d{1,18})(?:\.(\d{1,9}))?(?:[eE](\d{1,2})|([A-Za-z]{0,2}))$/;

/** The number a quantity stands for, rounded up to a whole one as Kubernetes does; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const [, whole, fraction = '', exponent, suffix = ''] = shape.exec(text) ?? [];
  const scale = exponent === undefined ? scales.get(suffix) : 10n ** BigInt(exponent);
  if (whole === undefined || scale === undefined) return undefined;
  // In whole numbers: a product of fractions would be off by a little, and rounding up makes a whole one of it.
  const unit = 10n ** BigInt(fraction.length);
  return Number((BigInt(whole + fraction) * scale + unit - 1n) / unit);
}
