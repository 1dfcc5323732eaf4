/** Limits of the codec. The size of a body as a whole is the server's limit: it holds while the body streams in. */

/**
 * Containers inside one another in JSON text, at most. The scanner keeps its own stack, so this protects memory and the
 * readers behind us; Go's decoder, which Knative's ingress uses, draws the line at the same depth.
 */
export const jsonDepthMax = 10_000;

/** Events in one batch, at most: a batch is accepted all or nothing, so it must fit one commit of the log. */
export const batchEventsMax = 1_000;

/**
 * Attributes of one event, at most. In binary mode each is a header, and common servers stop reading at 1,000 or 2,000
 * headers without a word; far below that nothing can be cut off.
 */
export const attributesMax = 256;

/**
 * Characters of all attribute names and values of one event, at most. An event that came as JSON must still fit the
 * header block of a subscriber when it is delivered in binary mode.
 */
export const attributeCharsMax = 65_536;

/** Characters of an error message, at most: it may name what came, and a name can be as long as the body. */
export const messageCharsMax = 512;

/** Characters of a value that an error message quotes, at most. */
export const quotedCharsMax = 64;
