/** The machine's own randomness. The only place in Millrace that asks for it. */
import { randomUUID } from 'node:crypto';
import type { Random } from '../ports/index.ts';

export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
