/** Second step: how much somebody should care. */
import { serveStep } from './step.ts';

interface Activity {
  readonly event?: string;
  readonly action: string;
}

/** Events that mean that something may be wrong. */
const alarming = /^(?:check_|code_scanning_|dependabot_|repository_vulnerability_|secret_scanning_|security_)/;

serveStep('classify', (data) => {
  const activity = data as Activity;
  const isAlarming = alarming.test(activity.event ?? '');
  const isGone = activity.action === 'deleted' || activity.action === 'removed';
  return { ...activity, priority: isAlarming ? 'high' : isGone ? 'medium' : 'low' };
});
