/** Takes every event and says nothing. */
import { serve, taken } from './subscriber.ts';

serve('takes', () => taken);
