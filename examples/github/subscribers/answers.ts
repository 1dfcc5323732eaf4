/** Answers every event with a new one: the body of a 200 with CloudEvents headers goes back to the broker. */
import { type Answer, type Delivery, serve } from './subscriber.ts';

interface Payload {
  readonly issue?: { readonly number?: number; readonly title?: string };
}

serve('answers', ({ id, headers, body }: Delivery): Answer => {
  const { issue } = JSON.parse(body.toString('utf8')) as Payload;
  return {
    status: 200,
    outcome: 'answered',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': `${id}-triage`,
      'ce-source': '/examples/github/answers',
      'ce-type': 'dev.millrace.example.triage',
      // As it came: the value of a header is percent-encoded already.
      ...(typeof headers['ce-subject'] === 'string' && { 'ce-subject': headers['ce-subject'] }),
      'content-type': 'application/json',
    },
    body: JSON.stringify({ issue: issue?.number, title: issue?.title, priority: 'to be decided' }),
  };
});
