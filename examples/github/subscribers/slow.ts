/** Takes every event, after a while. */
import { setTimeout } from 'node:timers/promises';
import { serve, taken } from './subscriber.ts';

serve('slow', async () => {
  await setTimeout(150);
  return taken;
});
