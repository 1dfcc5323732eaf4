/** Names of objects that are made for another one. Source: reference section 10 (ChildName). */
import { createHash } from 'node:crypto';

/** The longest name that can be a label and a host name as well. */
const nameCharsMax = 63;

/** The parent's name with the suffix; a parent that is too long is cut, with its MD5 in place of the rest. */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= nameCharsMax) return parent + suffix;
  const hash = createHash('md5').update(parent).digest('hex');
  const kept = nameCharsMax - hash.length - suffix.length;
  if (kept > 0) return parent.slice(0, kept) + hash + suffix;
  // A suffix that leaves no room is hashed as well.
  const whole = createHash('md5')
    .update(parent + suffix)
    .digest('hex');
  return parent.slice(0, nameCharsMax - whole.length) + whole;
}
