/** Ages as `kubectl` shows them: the more time, the coarser. */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Below `until` seconds an age is shown in `unit`; with `and`, what is left over is shown in that unit, unless it is 0. */
const scales: readonly { readonly until: number; readonly unit: number; readonly and?: number }[] = [
  { until: 2 * minute, unit: 1 },
  { until: 10 * minute, unit: minute, and: 1 },
  { until: 3 * hour, unit: minute },
  { until: 8 * hour, unit: hour, and: minute },
  { until: 2 * day, unit: hour },
  { until: 8 * day, unit: day, and: hour },
  { until: 2 * year, unit: day },
  { until: 8 * year, unit: year, and: day },
  { until: Number.POSITIVE_INFINITY, unit: year },
];

const letters: ReadonlyMap<number, string> = new Map([
  [1, 's'],
  [minute, 'm'],
  [hour, 'h'],
  [day, 'd'],
  [year, 'y'],
]);

/** `5m3s`, `47h`, `3d`. Clocks that differ by a second are forgiven; more is `<invalid>`. */
export function humanAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (Number.isNaN(seconds) || seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  const { unit, and } = scales.find(({ until }) => seconds < until) ?? { unit: year };
  const coarse = `${Math.floor(seconds / unit)}${letters.get(unit)}`;
  const left = and === undefined ? 0 : Math.floor((seconds % unit) / and);
  return and === undefined || left === 0 ? coarse : `${coarse}${left}${letters.get(and)}`;
}
