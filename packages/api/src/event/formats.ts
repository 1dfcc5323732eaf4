/** Formats that the type system of CloudEvents 1.0.2 (section 3.1) names: String, URI, URI-reference, Timestamp. */

const printableAscii = /^[\x20-\x7e]*$/;
const forbidden = /[\p{Control}\p{Surrogate}\p{Noncharacter_Code_Point}]/u;

/** String: no control characters, no noncharacters, no surrogate without its partner. */
export function isStringValue(text: string): boolean {
  return printableAscii.test(text) || !forbidden.test(text);
}

const scheme = '[A-Za-z][A-Za-z0-9+.\\-]*';
const segment = "A-Za-z0-9\\-._~!$&'()*+,;=@%";
const host =
  "(?:\\[[0-9A-Fa-f:.]+\\]|\\[[vV][0-9A-Fa-f]+\\.[A-Za-z0-9\\-._~!$&'()*+,;=:]+\\]|[A-Za-z0-9\\-._~!$&'()*+,;=%]*)";
const authority = `//(?:[A-Za-z0-9\\-._~!$&'()*+,;=:%]*@)?${host}(?::[0-9]*)?(?=[/?#]|$)`;
const tail = `(?:\\?[${segment}:/?]*)?(?:#[${segment}:/?]*)?$`;
const uriPattern = new RegExp(`^${scheme}:(?:${authority}|(?!//))[${segment}:/]*${tail}`);
// Without a scheme, a colon may not stand in the first segment of the path: it would read as a scheme.
const relativePattern = new RegExp(
  `^(?:${authority}(?:/[${segment}:/]*)?|(?!//)[${segment}]*(?:/[${segment}:/]*)?)${tail}`,
);
const brokenPercent = /%(?![0-9A-Fa-f]{2})/;

/** URI with a scheme, RFC 3986 section 3. A fragment is allowed: schemas are often named with one. */
export function isUri(text: string): boolean {
  return uriPattern.test(text) && !brokenPercent.test(text);
}

/** The last one that was found to be one: the next event is often of the same source. */
let lastReference = '';

/** URI-reference, RFC 3986 section 4.1. */
export function isUriReference(text: string): boolean {
  if (text === lastReference) return true;
  const is = (relativePattern.test(text) || uriPattern.test(text)) && !brokenPercent.test(text);
  if (is) lastReference = text;
  return is;
}

const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Timestamp, RFC 3339 section 5.6, with a date that exists. Leap seconds pass. */
export function isTimestamp(text: string): boolean {
  const match = timestampPattern.exec(text);
  if (match === null) return false;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && leap ? 29 : (daysOfMonth[month - 1] ?? 0);
  return day >= 1 && day <= last;
}
