/**
 * The shapes with which an object names another one. Source: reference section 0.1.
 */

/** A reference to an object by kind and name; without a namespace, to one beside the object that holds it. */
export interface KReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly group?: string;
  /** Picks an entry of the referenced object's `status.addresses` by name. */
  readonly address?: string;
}

/** `ref`, `uri`, or both, in which case `uri` is relative to the address of `ref`. */
export interface Destination {
  readonly ref?: KReference;
  readonly uri?: string;
  /** PEM certificates. */
  readonly CACerts?: string;
  readonly audience?: string;
}
