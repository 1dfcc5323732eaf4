/** Third step: a line that a person reads. */
import { serveStep } from './step.ts';

interface Classified {
  readonly delivery?: string;
  readonly event?: string;
  readonly action: string;
  readonly repository: string;
  readonly sender: string;
  readonly number?: number;
  readonly title?: string;
  readonly priority: string;
}

serveStep('summarize', (data) => {
  const { delivery, event, action, repository, sender, number, title, priority } = data as Classified;
  const subject = number === undefined ? '' : ` #${number}`;
  const words = title === undefined ? '' : `: ${title}`;
  return { delivery, priority, line: `[${priority}] ${repository}${subject} ${event} ${action} by ${sender}${words}` };
});
