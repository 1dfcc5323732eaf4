/** The clients of log servers. This file is loaded only by a process that has a log on one. */
import type { LogAdmin } from '@millrace/api';
import {
  createJetStreamLogAdmin,
  createJetStreamLogStore,
  createKafkaLogAdmin,
  createKafkaStore,
  type LogStore,
} from '@millrace/channel';
import type { ServerPorts } from './effects.ts';

export function makeStore(kind: 'kafka' | 'jetstream', ports: ServerPorts): LogStore {
  return kind === 'kafka' ? createKafkaStore(ports) : createJetStreamLogStore(ports);
}

export function makeAdmin(kind: 'kafka' | 'jetstream', ports: ServerPorts): LogAdmin & { close?(): Promise<void> } {
  return kind === 'kafka' ? createKafkaLogAdmin(ports) : createJetStreamLogAdmin(ports);
}
