/** The shape of a clause, and short ways to write a ledger down. */
type Level = 'must' | 'should' | 'may';

export interface Clause {
  readonly id: string;
  readonly source: string;
  readonly level: Level;
  readonly says: string;
  /** `here`: in `clauses/`. `kafka`, `nats`: there too, against the real server. */
  readonly place: 'here' | 'kafka' | 'nats' | 'elsewhere' | 'not-here';
  /** `elsewhere`: the test file. `not-here`: why it does not apply. */
  readonly note: string;
}

const tested =
  (level: Level, place: Clause['place'] = 'here') =>
  (id: string, source: string, says: string): Clause => ({ id, source, level, says, place, note: '' });

export const must = tested('must');
export const should = tested('should');
export const mustOnKafka = tested('must', 'kafka');
export const mustOnNats = tested('must', 'nats');

/** A MUST that another test of the project attacks. */
export function elsewhere(id: string, source: string, says: string, file: string): Clause {
  return { id, source, level: 'must', says, place: 'elsewhere', note: file };
}

export function notApplicable(id: string, source: string, says: string, why: string): Clause {
  return { id, source, level: 'must', says, place: 'not-here', note: why };
}
