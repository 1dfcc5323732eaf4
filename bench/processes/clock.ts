/** Time that all processes of one machine share: the monotonic clock since its start, in microseconds. */
export function sharedMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Headers that an event of the benchmark carries: extension attributes, so that they arrive with it. */
export const numberHeader = 'ce-benchnumber';
/** When it was to be sent by the schedule, in shared microseconds. */
export const dueHeader = 'ce-benchdue';
