#!/usr/bin/env node
/**
 * The entry of the command, in plain JavaScript: the compile cache is on before anything else is loaded, so that a warm
 * start neither compiles nor strips types. In a clone the condition `source` leads to the sources, elsewhere to `dist`.
 */
import { enableCompileCache } from 'node:module';

/**
 * A server begins anew, in the same process, with one background thread of V8's instead of four. The four all wake up when
 * the heap is collected and take the processor from the thread that serves: with two cores, for 20 ms at a time. V8 takes
 * this setting at its own start only. Worker threads share it: for two of them it is busy a fifth of a core, so that each four get
 * one more.
 */
const poolSize = '--v8-pool-size';
const isServer = process.argv[2] === 'dev' || process.argv[2] === 'start';
const isSet = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => option.includes(poolSize));
const workers = Number(/ --workers[= ](\d{1,2})( |$)/.exec(` ${process.argv.join(' ')}`)?.[1] ?? 0);
if (isServer && !isSet && process.platform !== 'win32' && typeof process.execve === 'function') {
  const { execPath, execArgv, argv, env } = process;
  process.execve(
    execPath,
    [execPath, `${poolSize}=${1 + Math.floor(workers / 4)}`, ...execArgv, ...argv.slice(1)],
    env,
  );
}
enableCompileCache();
const { main } = await import('@millrace/cli');
await main();
