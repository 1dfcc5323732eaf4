/** A run of the clauses from its start to its end: the process, and what holds of the run as a whole. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Shared } from '../../servers/shared.ts';
import { clauses } from '../ledger.ts';
import { type Coverage, coverageOf, coverageOn } from './check.ts';
import { ran, registered, world } from './suite.ts';

/** On the log in the data directory: the whole ledger. */
export function runOfAll(): void {
  // Most clauses wait: for a reconcile, a retry, a tick of a second.
  vi.setConfig({ maxConcurrency: 16 });
  beforeAll(() => world.start());
  asAWhole('conformance', 'MUST of the ledger', () => coverageOf(clauses, ran));
}

/** On a real server: the clauses that are its own, and all others that the file loads. */
export function runOn(place: 'kafka' | 'nats', name: string, server: Shared<unknown>): void {
  // Each clause makes topics or streams, and one small server has them all.
  vi.setConfig({ maxConcurrency: 8 });
  server.prepare(() => world.start());
  asAWhole(`conformance on ${name}`, 'clause of this run', () => coverageOn(place, clauses, registered, ran));
}

/** @param every what has to have a test that ran, and holds. */
function asAWhole(run: string, every: string, coverage: () => Coverage): void {
  afterAll(() => world.stop());

  describe('the run as a whole', () => {
    test('nothing comes after a delivery has ended', () => {
      expect(world.probes.late()).toEqual([]);
    });

    test('no clause made the process fail', () => {
      expect(world.server.stderr()).not.toMatch(/\n\s+at .*\.ts:\d+/);
      expect(world.tail.items.filter(({ kind }) => kind === 'skipped')).toEqual([]);
    });

    test(`every ${every} has a test that ran, and holds`, () => {
      const { total, held, problems } = coverage();
      process.stdout.write(`${run}: ${held} of ${total} clauses\n`);
      expect(problems).toEqual([]);
    });
  });
}
