/** Media types as CloudEvents uses them: RFC 2045 section 5.1 and RFC 6839, parameters and case included. */

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
// Senders leave the quotes off URIs and media types in parameters; what such a value ends at is clear all the same.
const bareValue = '[!#-+\\-.-:<-~]+';
const quotedValue = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t -~])*"';
// White space before a semicolon belongs to the next round, white space after it to the parameter: no two ways to match.
const mediaTypePattern = new RegExp(
  `^${token}/${token}(?:[ \\t]*;(?:[ \\t]*${token}=(?:${bareValue}|${quotedValue}))?)*[ \\t]*$`,
);
const charsetPattern = /;[ \t]*charset[ \t]*=[ \t]*"?([^";, \t]+)/i;

/** Whether the text is a media type: a type, a subtype, parameters; printable ASCII and tabs only. */
export function isMediaType(text: string): boolean {
  return text === 'application/json' || mediaTypePattern.test(text);
}

/** Type and subtype in lower case, without parameters. */
export function essenceOf(mediaType: string): string {
  const end = mediaType.indexOf(';');
  return (end < 0 ? mediaType : mediaType.slice(0, end)).trim().toLowerCase();
}

/** The charset parameter in lower case, when there is one. */
export function charsetOf(mediaType: string): string | undefined {
  return charsetPattern.exec(mediaType)?.[1]?.toLowerCase();
}

/** JSON-formatted content by the JSON event format, section 3.1.1: absent, any `json` subtype, or `+json`. */
export function isJsonType(mediaType: string | undefined): boolean {
  if (mediaType === undefined || mediaType === 'application/json') return true;
  const essence = essenceOf(mediaType);
  return essence.endsWith('/json') || essence.endsWith('+json');
}

const textTypes = new Set(['application/xml', 'application/x-www-form-urlencoded', 'application/yaml']);

/** Whether the content is meant to be read as text, so that a JSON string shows it better than base64. */
export function isTextType(mediaType: string): boolean {
  const essence = essenceOf(mediaType);
  return essence.startsWith('text/') || essence.endsWith('+xml') || textTypes.has(essence);
}
