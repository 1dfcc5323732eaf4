/** Every limit of the NATS client port, with its reason. */

/** The first connection must be made within this time: whoever waits for it has something to say to a person. */
export const connectMsMax = 5_000;

/** Wait between attempts to connect again: a restarted server is found at once, one that is gone costs little. */
export const reconnectWaitMs = 250;
/** Added at random, so that many processes do not come back in one instant. */
export const reconnectJitterMs = 250;

/** A ping every so often, and two without an answer: a connection that is half open is noticed within 6 s, before a lease runs out. */
export const pingIntervalMs = 2_000;
export const pingsUnansweredMax = 2;

/** One request to the server. A leader that was killed is replaced within seconds; asking again is the caller's part. */
export const requestMs = 5_000;

/** Messages of one atomic batch. The server takes 1,000 unless its operator allows fewer. */
export const batchMessagesMax = 1_000;

/** A batched read that brings nothing for so long is given up. */
export const fetchSilenceMs = 5_000;

/** Messages read one by one at once, where the server has no batched read. */
export const singleReadsMax = 64;

/** Keys asked for in one request, when the values of a bucket are read. */
export const keysPerRequest = 500;

/** How long the server keeps a consumer that nobody pulls from: longer than any pull, short enough to leave no litter. */
export const consumerIdleMs = 60_000;
