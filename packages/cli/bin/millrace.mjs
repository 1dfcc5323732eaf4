#!/usr/bin/env node
/**
 * The entry of the command, in plain JavaScript: the compile cache is on before anything else is loaded, so that a warm
 * start neither compiles nor strips types. In a clone the condition `source` leads to the sources, elsewhere to `dist`.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { main } = await import('@millrace/cli');
await main();
