/** What the branches make of a webhook: who did what, in one line. */
import { serve } from './service.ts';

interface Subject {
  readonly number?: number;
  readonly title?: string;
}

interface Payload {
  readonly action?: string;
  readonly issue?: Subject;
  readonly pull_request?: Subject;
  readonly sender?: { readonly login?: string };
}

serve('digest', ({ name, id, body }) => {
  const { action = 'changed', issue, pull_request, sender } = JSON.parse(body.toString('utf8')) as Payload;
  const { number, title } = issue ?? pull_request ?? {};
  return {
    headers: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': '/examples/fan-out-nats/digest',
      'ce-type': `dev.millrace.example.${name}`,
      'ce-action': action,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ line: `#${number} ${title}: ${action} by ${sender?.login}` }),
  };
});
