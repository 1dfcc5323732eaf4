export { Latencies } from './latencies.ts';
export {
  type DemonstrationProgress,
  runDemonstration,
  type TriggerReading,
} from './run.ts';
