/** Colour is decoration: each has a symbol or a word beside it, and only a terminal gets it unless asked for. */
import picocolors from 'picocolors';
import type { ColorFlag } from './io.ts';

export type Colors = Pick<
  ReturnType<typeof picocolors.createColors>,
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'magenta'
>;

/** Order: flag, FORCE_COLOR, NO_COLOR, TERM=dumb, whether the stream is a terminal. */
export function wantsColor(flag: ColorFlag, env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (flag !== 'auto') return flag === 'always';
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  if (env['NO_COLOR']) return false;
  if (env['TERM'] === 'dumb') return false;
  return isTTY;
}

export function colorsFor(flag: ColorFlag, env: NodeJS.ProcessEnv, isTTY: boolean): Colors {
  return picocolors.createColors(wantsColor(flag, env, isTTY));
}
