/** Sources: each makes events and emits them to its sink. Driven by routes, never by resources. */
export * from './emit/index.ts';
export {
  type EventKind,
  eventKinds,
  pathOf as gitHubPathOf,
  sign,
  type WebhookAnswer,
  type WebhookRequest,
} from './github/index.ts';
export * from './manager/index.ts';
export type { RunningSource, SourcePorts, SourceView } from './source.ts';
