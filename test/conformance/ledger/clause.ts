/** The shape of a clause, and short ways to write a ledger down. */
type Level = 'must' | 'should' | 'may';

export interface Clause {
  readonly id: string;
  readonly source: string;
  readonly level: Level;
  readonly says: string;
  /** `here`: in `clauses/`. */
  readonly place: 'here' | 'elsewhere' | 'not-here';
  /** `elsewhere`: the test file. `not-here`: why it does not apply. */
  readonly note: string;
}

const tested =
  (level: Level) =>
  (id: string, source: string, says: string): Clause => ({ id, source, level, says, place: 'here', note: '' });

export const must = tested('must');
export const should = tested('should');

/** A MUST that another test of the project attacks. */
export function elsewhere(id: string, source: string, says: string, file: string): Clause {
  return { id, source, level: 'must', says, place: 'elsewhere', note: file };
}

export function notApplicable(id: string, source: string, says: string, why: string): Clause {
  return { id, source, level: 'must', says, place: 'not-here', note: why };
}
