/** Values in the bucket: JSON. */

export function encode(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Undefined when it is no JSON: what it should be is for the caller to look at. */
export function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return undefined;
  }
}
