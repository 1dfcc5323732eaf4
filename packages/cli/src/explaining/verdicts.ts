/** Why an event matches triggers or not: a pure function from triggers and an event to verdicts. */
import {
  type CloudEvent,
  type CompiledFilter,
  compileFilter,
  type FilterTrace,
  type Resource,
  type TriggerFilter,
} from '@millrace/api';

/** A trigger to judge by: applied on a server, or only in a file so far. */
export interface JudgedTrigger {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number | undefined;
  /** Absent when the filter cannot be used; `problem` says why. */
  readonly filter: CompiledFilter | undefined;
  readonly problem: string | undefined;
}

export interface Verdict {
  readonly trigger: JudgedTrigger;
  readonly matches: boolean;
  readonly trace: FilterTrace;
}

export function judgedTrigger(resource: Resource): JudgedTrigger {
  const spec = (resource.spec ?? {}) as {
    filter?: { attributes?: Record<string, string> };
    filters?: TriggerFilter['filters'];
  };
  const compiled = compileFilter({
    ...(spec.filters === undefined ? {} : { filters: spec.filters }),
    ...(spec.filter?.attributes === undefined ? {} : { attributes: spec.filter.attributes }),
  });
  return {
    namespace: resource.metadata.namespace ?? 'default',
    name: resource.metadata.name,
    revision: resource.metadata.generation,
    filter: compiled.kind === 'ok' ? compiled.filter : undefined,
    problem: compiled.kind === 'ok' ? undefined : `${compiled.path}: ${compiled.message}`,
  };
}

export function judge(trigger: JudgedTrigger, event: CloudEvent): Verdict {
  if (!trigger.filter) {
    const trace = {
      dialect: 'unusable',
      result: false,
      children: [],
      ...(trigger.problem === undefined ? {} : { error: trigger.problem }),
    };
    return { trigger, matches: false, trace };
  }
  const trace = trigger.filter.explain(event);
  return { trigger, matches: trace.result, trace };
}

/** Where a Trigger or a Subscription gets its events from: a broker as `namespace/name`, a channel as `channel/namespace/name`. */
export function brokerOf(trigger: Resource): string {
  const namespace = trigger.metadata.namespace ?? 'default';
  const spec = (trigger.spec ?? {}) as {
    broker?: string;
    brokerRef?: { name?: string; namespace?: string };
    channel?: { name?: string };
  };
  if (trigger.kind === 'Subscription') return `channel/${namespace}/${spec.channel?.name ?? ''}`;
  if (spec.broker !== undefined) return `${namespace}/${spec.broker}`;
  return `${spec.brokerRef?.namespace ?? namespace}/${spec.brokerRef?.name ?? 'default'}`;
}
