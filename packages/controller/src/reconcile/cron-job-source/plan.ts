/** What a CronJobSource's status should say. Pure. Source: reference section 6.13. */
import { cronJobSourceEventType, cronJobSourceMarks, deploymentMarks, parseSchedule } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import { markOfSink, sinkFields } from '../source-plan.ts';
import type { CronJobSourceObservation } from './observe.ts';

export function planCronJobSource({ source, sink }: CronJobSourceObservation): StatusPlan {
  const { namespace = 'default', name } = source.metadata;
  const origin = `/apis/v1/namespaces/${namespace}/cronjobsources/${name}`;
  const schedule = parseSchedule(source.spec.schedule);
  return {
    marks: [
      schedule.kind === 'ok'
        ? cronJobSourceMarks.validSchedule()
        : cronJobSourceMarks.invalidSchedule(schedule.message),
      markOfSink(sink),
      deploymentMarks.deployed(),
    ],
    fields: sinkFields(sink, [{ type: cronJobSourceEventType, source: origin }]),
  };
}
