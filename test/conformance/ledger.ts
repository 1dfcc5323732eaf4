/**
 * What Knative promises, clause by clause: the sentence in our own words, how binding it is, and where
 * it is tested, or why it does not apply.
 *
 * A clause that is tested here has its test under its id in `clauses/`; the others name their test, or the reason.
 * `source` names the section of the behaviour reference, the specification, or the design it was read from.
 */
import { admission } from './ledger/admission.ts';
import { broker } from './ledger/broker.ts';
import { channels } from './ledger/channels.ts';
import { control } from './ledger/control.ts';
import { delivery } from './ledger/delivery.ts';
import { differences } from './ledger/differences.ts';
import { filters } from './ledger/filters.ts';
import { flows } from './ledger/flows.ts';
import { ingress } from './ledger/ingress.ts';
import { kafka } from './ledger/kafka.ts';
import { nats } from './ledger/nats.ts';
import { notHere } from './ledger/not-here.ts';
import { sources } from './ledger/sources.ts';
import { status } from './ledger/status.ts';

export type { Clause } from './ledger/clause.ts';

export const clauses = [
  ...control,
  ...broker,
  ...filters,
  ...ingress,
  ...delivery,
  ...admission,
  ...status,
  ...sources,
  ...differences,
  ...channels,
  ...flows,
  ...kafka,
  ...nats,
  ...notHere,
];
