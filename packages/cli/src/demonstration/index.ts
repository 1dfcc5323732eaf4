export { Latencies } from './latencies.ts';
export {
  type DemonstrationContext,
  type DemonstrationProgress,
  type DemonstrationResult,
  runDemonstration,
  type TriggerReading,
} from './run.ts';
