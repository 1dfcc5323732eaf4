/** What comes out of manifest files: objects that know their place, and errors that name it. */
import type { FieldPath, Resource, ResourceRef } from '@millrace/api';

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface ManifestObject {
  /** As it is written, with its namespace filled in. */
  readonly resource: Resource;
  readonly file: string;
  /** Number of the document in its file, from 1; empty ones count. */
  readonly document: number;
  readonly position: Position;
  /** Where a field stands; for an absent one, what it is absent from. */
  locate(path: FieldPath): Position;
}

export interface ManifestError {
  readonly file: string;
  readonly document?: number;
  readonly position?: Position;
  /** The object, when it has a name. */
  readonly object?: ResourceRef;
  /** `spec.filters[0].exact`; absent when it is not about a field. */
  readonly field?: string;
  /** What is wrong and what was expected. */
  readonly message: string;
}

export interface ManifestFile {
  readonly file: string;
  /** Empty when there are errors: a file is taken whole or not at all. */
  readonly objects: readonly ManifestObject[];
  readonly errors: readonly ManifestError[];
}

export interface LoadedManifests {
  readonly files: readonly ManifestFile[];
  /** Of all files without errors. */
  readonly objects: readonly ManifestObject[];
  readonly errors: readonly ManifestError[];
}

/** One line; `display` makes a path short, e.g. relative: `ship.yaml:14:11 (document 2) spec.filters[0].exactt: unknown field; did you mean "exact"?` */
export function renderManifestError(error: ManifestError, display: (file: string) => string = (file) => file): string {
  const { position, document, field, message } = error;
  const file = display(error.file);
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  const where = document === undefined ? place : `${place} (document ${document})`;
  const text = message.replaceAll(/\s*\n\s*/g, '; ');
  return field === undefined || field === '' ? `${where}: ${text}` : `${where} ${field}: ${text}`;
}
