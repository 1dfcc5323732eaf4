/** The `--output` flag: what scripts get instead of a table. */
import { stringify } from 'yaml';
import { usageError } from '../exit.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

export function parseOutput(value: string | undefined, allowed: readonly OutputFormat[]): OutputFormat {
  if (value === undefined) return 'table';
  const format = allowed.find((one) => one === value);
  if (!format)
    throw usageError(
      `--output ${value} is not known`,
      `Use one of: ${allowed.filter((one) => one !== 'table').join(', ')}`,
    );
  return format;
}

export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function asYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
