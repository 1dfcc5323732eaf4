/** Every command, in the order of the help: what starts and ends, what is used every day, what explains. */
import type { CommandModule } from '../program.ts';
import { deadLetters } from './dead-letters.ts';
import { dev } from './dev.ts';
import { explain } from './explain.ts';
import { get } from './get.ts';
import { send } from './send.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import { tail } from './tail.ts';
import { url } from './url.ts';
import { validate } from './validate.ts';
import { wait } from './wait.ts';

export const commands: readonly CommandModule[] = [
  dev,
  stop,
  wait,
  url,
  send,
  get,
  tail,
  explain,
  deadLetters,
  validate,
  start,
];
