export { readSchedule } from './schedule.ts';
export { startScheduled, type Tick } from './scheduled-source.ts';
