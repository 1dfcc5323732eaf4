/** The command for those who start it from its sources without the entry in `bin`. */
import { main } from './entry.ts';

await main();
