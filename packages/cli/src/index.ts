/** The `millrace` command. Its only export is what `bin/millrace.mjs` calls. */
export { main } from './entry.ts';
