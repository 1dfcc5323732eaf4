/** Takes every webhook and answers with nothing: its branch ends here. */
import { serve } from './service.ts';

serve('archive', () => undefined);
