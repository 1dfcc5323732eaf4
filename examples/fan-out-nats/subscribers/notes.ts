/** Takes what Triggers send, and prints what was opened and what has ended. */
import { serve } from './service.ts';

serve('notes', ({ name, body }) => {
  const { line } = JSON.parse(body.toString('utf8')) as { readonly line: string };
  if (name !== 'everything') process.stdout.write(`${name}: ${line}\n`);
  return undefined;
});
