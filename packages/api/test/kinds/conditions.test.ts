/** Conditions: the rules of reference 0.5, and the sets and texts of reference 2. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition } from '../../src/index.ts';
import {
  applyMarks,
  brokerConditionSet,
  brokerMarks,
  type ConditionMark,
  cronJobSourceConditionSet,
  deadLetterSinkMarks,
  eventPolicyMarks,
  eventTypeConditionSet,
  findCondition,
  formatTime,
  gitHubSourceConditionSet,
  identityMarks,
  initialConditions,
  isCurrent,
  isReady,
  livingConditionSet,
  markFalse,
  markTrue,
  markUnknown,
  pingSourceConditionSet,
  sinkMarks,
  triggerConditionSet,
  triggerMarks,
} from '../../src/kinds/index.ts';

const set = livingConditionSet('A', 'B', 'C');
const t = (seconds: number): number => Date.UTC(2026, 0, 1) + seconds * 1_000;

function ready(conditions: readonly Condition[]): Condition | undefined {
  return findCondition(conditions, 'Ready');
}

describe('0.5: the living set', () => {
  it('"every registered dependent starts Unknown, and Ready is derived"', () => {
    const first = initialConditions(set, t(0));
    expect(first.map(({ type, status }) => [type, status])).toEqual([
      ['A', 'Unknown'],
      ['B', 'Unknown'],
      ['C', 'Unknown'],
      ['Ready', 'Unknown'],
    ]);
  });

  it('"False if any dependent is False, else Unknown if any is Unknown, else True"', () => {
    const status = fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const);
    fc.assert(
      fc.property(status, status, status, (a, b, c) => {
        const marks: ConditionMark[] = [
          { type: 'A', status: a },
          { type: 'B', status: b },
          { type: 'C', status: c },
        ];
        const all = [a, b, c];
        const expected = all.includes('False') ? 'False' : all.includes('Unknown') ? 'Unknown' : 'True';
        expect(ready(applyMarks(set, [], marks, t(0)))?.status).toBe(expected);
      }),
    );
  });

  it('"copies reason and message from the most recently transitioned False dependent"', () => {
    let conditions = applyMarks(set, [], [markFalse('C', 'OldReason', 'old')], t(0));
    conditions = applyMarks(set, conditions, [markFalse('A', 'NewReason', 'new')], t(5));
    expect(ready(conditions)).toMatchObject({ status: 'False', reason: 'NewReason', message: 'new' });
    conditions = applyMarks(set, conditions, [markTrue('A')], t(6));
    expect(ready(conditions)).toMatchObject({ status: 'False', reason: 'OldReason', message: 'old' });
  });

  it('"(else Unknown one)": an Unknown one decides only when none is False', () => {
    let conditions = applyMarks(set, [], [markTrue('A'), markTrue('B'), markUnknown('C', 'Wait', 'soon')], t(0));
    expect(ready(conditions)).toMatchObject({ status: 'Unknown', reason: 'Wait', message: 'soon' });
    conditions = applyMarks(set, conditions, [markFalse('B', 'Broken', 'it is')], t(0));
    conditions = applyMarks(set, conditions, [markUnknown('C', 'Wait', 'longer')], t(9));
    expect(ready(conditions)).toMatchObject({ status: 'False', reason: 'Broken' });
  });

  it('of several that changed at one moment the first of the set decides', () => {
    const conditions = applyMarks(set, [], [markFalse('C', 'Third', ''), markFalse('B', 'Second', '')], t(0));
    expect(ready(conditions)?.reason).toBe('Second');
  });

  it('"marking True clears reason and message unless the with-reason variant is used"', () => {
    let conditions = applyMarks(set, [], [markFalse('A', 'R', 'm')], t(0));
    conditions = applyMarks(set, conditions, [markTrue('A'), markTrue('B', 'Why', 'so'), markTrue('C')], t(1));
    expect(findCondition(conditions, 'A')).toEqual({ type: 'A', status: 'True', lastTransitionTime: formatTime(t(1)) });
    expect(findCondition(conditions, 'B')).toMatchObject({ status: 'True', reason: 'Why', message: 'so' });
    expect(isReady(conditions)).toBe(true);
    expect(ready(conditions)).not.toHaveProperty('reason');
  });

  it('"types outside the set get severity Info and never influence Ready"', () => {
    const good = [markTrue('A'), markTrue('B'), markTrue('C')];
    const conditions = applyMarks(set, [], [...good, markFalse('Extra', 'Bad', 'very')], t(0));
    expect(findCondition(conditions, 'Extra')?.severity).toBe('Info');
    expect(isReady(conditions)).toBe(true);
  });

  it('"lastTransitionTime moves only when another field of that condition changed"', () => {
    const first = applyMarks(set, [], [markFalse('A', 'R', 'm')], t(0));
    expect(applyMarks(set, first, [markFalse('A', 'R', 'm')], t(60))).toBe(first);
    const second = applyMarks(set, first, [markFalse('A', 'R', 'other')], t(60));
    expect(findCondition(second, 'A')?.lastTransitionTime).toBe(formatTime(t(60)));
    expect(findCondition(second, 'B')?.lastTransitionTime).toBe(formatTime(t(0)));
  });

  it('"conditions are stored sorted by type", whatever the order of marks', () => {
    const types = ['A', 'B', 'C', 'Zeta', 'Beta'];
    fc.assert(
      fc.property(fc.shuffledSubarray(types, { minLength: 1 }), (order) => {
        const conditions = applyMarks(
          set,
          [],
          order.map((type) => markTrue(type)),
          t(0),
        );
        const stored = conditions.map(({ type }) => type);
        expect(stored).toEqual([...stored].sort());
      }),
    );
  });

  it('"observedGeneration": a status of an older generation is not current', () => {
    expect(isCurrent({ metadata: { generation: 2 }, status: { observedGeneration: 1 } })).toBe(false);
    expect(isCurrent({ metadata: { generation: 2 }, status: { observedGeneration: 2 } })).toBe(true);
    expect(isCurrent({ metadata: { generation: 1 } })).toBe(false);
  });

  it('times are RFC 3339 in whole seconds', () => {
    expect(formatTime(t(0) + 999)).toBe('2026-01-01T00:00:00Z');
  });
});

describe('2: the sets', () => {
  it.each([
    [
      'Broker',
      brokerConditionSet,
      'IngressReady, TriggerChannelReady, FilterReady, Addressable, DeadLetterSinkResolved, EventPoliciesReady',
    ],
    [
      'Trigger',
      triggerConditionSet,
      'BrokerReady, SubscriptionReady, DependencyReady, SubscriberResolved, DeadLetterSinkResolved, OIDCIdentityCreated',
    ],
    ['PingSource', pingSourceConditionSet, 'SinkProvided, Deployed, OIDCIdentityCreated'],
    ['CronJobSource', cronJobSourceConditionSet, 'ValidSchedule, SinkProvided, Deployed'],
    ['GitHubSource', gitHubSourceConditionSet, 'SecretsProvided, SinkProvided, WebhookConfigured'],
    ['EventType', eventTypeConditionSet, 'ReferenceExists'],
  ])('%s', (_kind, conditionSet, types) => {
    expect([...conditionSet.dependents].sort()).toEqual(types.split(', ').sort());
  });
});

describe('2.1, 2.2, 2.5: reasons and texts', () => {
  it.each([
    [
      deadLetterSinkMarks.notConfigured(),
      'DeadLetterSinkResolved',
      'True',
      'DeadLetterSinkNotConfigured',
      'No dead letter sink is configured.',
    ],
    [
      deadLetterSinkMarks.unresolved('x'),
      'DeadLetterSinkResolved',
      'False',
      "Unable to get the dead letter sink's URI",
      'x',
    ],
    [
      eventPolicyMarks.oidcDisabled(),
      'EventPoliciesReady',
      'True',
      'OIDCDisabled',
      'Feature "authentication-oidc" must be enabled to support Authorization',
    ],
    [
      brokerMarks.channelTemplateFailed('x'),
      'TriggerChannelReady',
      'False',
      'ChannelTemplateFailed',
      'Error on setting up the ChannelTemplate: x',
    ],
    [
      brokerMarks.channelWithoutAddress(),
      'TriggerChannelReady',
      'False',
      'NoAddress',
      'Channel does not have an address.',
    ],
    [triggerMarks.brokerDoesNotExist('x'), 'BrokerReady', 'False', 'BrokerDoesNotExist', 'Broker "x" does not exist'],
    [
      triggerMarks.broker(undefined),
      'BrokerReady',
      'Unknown',
      'BrokerNotConfigured',
      'Broker has not yet been reconciled.',
    ],
    [triggerMarks.subscriberUnresolved('x'), 'SubscriberResolved', 'False', "Unable to get the Subscriber's URI", 'x'],
    [sinkMarks.empty(), 'SinkProvided', 'False', 'SinkEmpty', 'Sink has resolved to empty.'],
  ])('%o', (mark, type, status, reason, message) => {
    expect(mark).toEqual({ type, status, reason, message });
  });

  it('2.2: "OIDC off: OIDCIdentityCreated T reason `authentication-oidc feature disabled`"', () => {
    expect(identityMarks.oidcDisabled()).toEqual({
      type: 'OIDCIdentityCreated',
      status: 'True',
      reason: 'authentication-oidc feature disabled',
    });
  });

  it('2.2: "Broker not ready: Broker\'s reason and message copied"', () => {
    const brokerConditions = applyMarks(brokerConditionSet, [], [brokerMarks.channelWithoutAddress()], t(0));
    expect(triggerMarks.broker(brokerConditions)).toEqual(
      markFalse('BrokerReady', 'NoAddress', 'Channel does not have an address.'),
    );
    expect(triggerMarks.broker([{ type: 'Ready', status: 'True' }])).toEqual(markTrue('BrokerReady'));
    expect(triggerMarks.broker([{ type: 'Ready', status: 'Unknown', reason: 'R' }])).toEqual(
      markUnknown('BrokerReady', 'R'),
    );
  });
});
