/** Fails always: its events end at the dead letter sink of the trigger. */
import { failed, serve } from './subscriber.ts';

serve('fails', ({ id }) => failed(`cannot take ${id}`));
