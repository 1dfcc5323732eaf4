/** Near misses in words: what a person who wonders why a filter failed has most often got wrong. */
import type { CloudEvent } from '../event/index.ts';

/** Names listed at most in a hint: an event has ten or so. */
const namesShownMax = 20;

export type TextTest = (got: string, wanted: string) => boolean;

/**
 * Why `got` does not pass the test with `wanted`, if it nearly does.
 */
export function nearMiss(test: TextTest, got: string, wanted: string): string | undefined {
  if (test(got, wanted)) return undefined;
  if (got === '') return 'the attribute is present but empty';
  if (test(got.trim(), wanted.trim())) return 'differs only in leading or trailing white space';
  if (test(got.toLowerCase(), wanted.toLowerCase())) return 'differs only in case';
  if (test(got.trim().toLowerCase(), wanted.trim().toLowerCase())) return 'differs only in case and white space around';
  return undefined;
}

export function absentHint(event: CloudEvent, name: string): string {
  const names = Object.keys(event.attributes);
  const shown = names.slice(0, namesShownMax).join(', ');
  const more = names.length > namesShownMax ? ', …' : '';
  return `the event has no attribute ${name}; it has ${shown}${more}`;
}
