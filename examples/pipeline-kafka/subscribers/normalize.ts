/** First step: of the many shapes that payloads of GitHub have, the few fields that the others work with. */
import { serveStep } from './step.ts';

interface Named {
  readonly login?: string;
  readonly full_name?: string;
}

interface Titled {
  readonly number?: number;
  readonly title?: string;
}

interface Payload {
  readonly action?: string;
  readonly repository?: Named;
  readonly sender?: Named;
  readonly issue?: Titled;
  readonly pull_request?: Titled;
}

serveStep('normalize', (data, headers) => {
  const { action, repository, sender, issue, pull_request } = data as Payload;
  const subject = pull_request ?? issue;
  return {
    // Headers of a record are extensions of its event: `kafkaheader` and the header's name.
    delivery: headers['ce-kafkaheaderdelivery'],
    event: headers['ce-kafkaheaderevent'],
    action: action ?? 'none',
    repository: repository?.full_name ?? 'none',
    sender: sender?.login ?? 'nobody',
    ...(subject?.number === undefined ? {} : { number: subject.number }),
    ...(subject?.title === undefined ? {} : { title: subject.title }),
  };
});
