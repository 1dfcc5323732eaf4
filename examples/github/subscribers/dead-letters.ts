/** A dead letter sink: takes what others could not, and prints why they could not. */
import { serve, taken } from './subscriber.ts';

serve('dead-letters', ({ trigger, id, headers }) => {
  const reason = Buffer.from(String(headers['ce-knativeerrordata'] ?? ''), 'base64').toString('utf8');
  process.stdout.write(`${trigger} ${id}: ${headers['ce-knativeerrorcode']} ${reason}\n`);
  return taken;
});
