export { type MutableAttributes, nameProblem, newAttributes, textProblem } from './attributes.ts';
export * as batch from './batch.ts';
export * as binary from './binary.ts';
export * from './decode.ts';
export * from './encode.ts';
export * from './event.ts';
export { isTimestamp, isUri, isUriReference } from './formats.ts';
export { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
export type { HeaderRecord, HttpHeaders } from './headers.ts';
export { isJsonValue } from './json-scan.ts';
export * from './make.ts';
export * from './pass-through.ts';
export {
  type Decoded,
  type DecodedBatch,
  type DecodedEvent,
  type Invalid,
  type InvalidCode,
  statusOfInvalid,
} from './result.ts';
export * as structured from './structured.ts';
