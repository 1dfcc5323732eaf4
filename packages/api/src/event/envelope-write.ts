/**
 * One event as a JSON object: what structured and batch mode share on the way out.
 *
 * W1. Data is embedded as JSON text only where reading it back gives the same bytes: it is valid JSON in UTF-8 with no white
 *     space around it. Otherwise it is a string, if it is text, or base64.
 * W2. An event that came as a JSON object leaves with its data in the same form.
 *
 * Source: JSON event format 1.0.2, section 3.1.1.
 */
import { isUtf8 } from 'node:buffer';
import { textOfBytes } from './data-text.ts';
import type { CloudEvent } from './event.ts';
import { isJsonValue } from './json-scan.ts';
import { charsetOf, isJsonType, isTextType } from './media-type.ts';

const closing = Buffer.from('}');

/** Appends the object's bytes to `parts`. The data's bytes are put there as they are, not copied. */
export function writeEvent(event: CloudEvent, parts: Uint8Array[]): void {
  const head = `{"specversion":"${event.specversion}"${attributesText(event)}`;
  const { data } = event;
  if (data === undefined) {
    parts.push(Buffer.from(`${head}}`));
    return;
  }
  if (event.specversion === '0.3' && event.attributes.datacontentencoding !== undefined) {
    // Came in binary mode as base64 text, checked there; the attribute is among those already written.
    parts.push(Buffer.from(`${head},"data":${JSON.stringify(Buffer.from(data).toString('latin1'))}}`));
    return;
  }
  const form = formOf(event, data);
  if (form === 'json') {
    parts.push(Buffer.from(`${head},"data":`), data, closing);
  } else if (form === 'base64') {
    const name = event.specversion === '0.3' ? '"datacontentencoding":"base64","data"' : '"data_base64"';
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    parts.push(Buffer.from(`${head},${name}:"${text}"}`));
  } else {
    parts.push(Buffer.from(`${head},"data":${JSON.stringify(form.text)}}`));
  }
}

/** Members for all attributes, each with a comma before it. Names are `[a-z0-9]+` and need no escaping. */
function attributesText({ attributes, nonString }: CloudEvent): string {
  let text = '';
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    text += `,"${name}":${nonString?.[name] === undefined ? JSON.stringify(value) : value}`;
  }
  return text;
}

function formOf(event: CloudEvent, data: Uint8Array): 'json' | 'base64' | { readonly text: string } {
  if (event.dataForm === 'base64') return 'base64'; // W2
  const contentType = event.attributes.datacontenttype;
  if (contentType === undefined || isJsonType(contentType)) {
    // What was cut out of a JSON text needs no second look.
    if (event.dataForm === 'json') return 'json';
    return isUtf8(data) && isJsonValue(data) ? 'json' : 'base64'; // W1
  }
  if (event.dataForm === undefined && !isTextType(contentType) && charsetOf(contentType) === undefined) return 'base64';
  const text = textOfBytes(data, contentType);
  return text === undefined ? 'base64' : { text };
}

/** The parts as one body. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const only = parts.length === 1 ? parts[0] : undefined;
  return only ?? Buffer.concat(parts);
}
