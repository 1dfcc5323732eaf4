/** The filters of the Parallel: an event that goes on is answered as it is, any other with nothing. */
import { serve } from './service.ts';

/** What goes on, by path: the beginning of the webhook's name. */
const beginnings: Readonly<Record<string, string>> = { issues: 'issue', 'pull-requests': 'pull_request' };

/** Headers that make an event. */
const isOfEvent = (name: string) => name.startsWith('ce-') || name === 'content-type';

serve('filters', ({ name, headers, body }) => {
  const beginning = beginnings[name];
  if (beginning === undefined) throw new Error(`there is no filter ${name}`);
  if (!String(headers['ce-type']).startsWith(`dev.millrace.example.webhook.${beginning}`)) return undefined;
  const own = Object.entries(headers).flatMap(([header, value]) =>
    isOfEvent(header) && typeof value === 'string' ? [[header, value] as const] : [],
  );
  return { headers: Object.fromEntries(own), body };
});
