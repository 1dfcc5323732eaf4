/** Scenes that several clauses play: one event through a subscriber, and a broker with a transformer. */
import { type Probe, reply } from './probe.ts';
import type { Space } from './world.ts';

/** broker → transformer → broker → sink, with one event under way. */
export async function workflow(space: Space): Promise<{ readonly sink: Probe; readonly transformer: Probe }> {
  const transformer = space.probe('transformer', reply({ type: 'transformed' }, 'new data'));
  const sink = space.probe('sink');
  await space.broker();
  await space.triggers({
    transform: { subscriber: transformer, filter: { type: 'original' } },
    sink: { subscriber: sink, filter: { type: 'transformed' } },
  });
  await space.send({ attributes: { type: 'original' }, data: 'old data' });
  return { sink, transformer };
}

/** Sends one event to one subscriber and gives what came. */
export async function through(
  space: Space,
  sent: Parameters<Space['send']>[0],
  delivery?: Readonly<Record<string, unknown>>,
) {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink, ...(delivery === undefined ? {} : { delivery }) });
  await space.send(sent);
  return sink.one();
}

/** A question goes to one subscriber; what that answers goes to a second one, when it is an answer. Gives the question's id. */
export async function question(space: Space, first: Probe): Promise<{ readonly id: string; readonly second: Probe }> {
  const second = space.probe('second');
  await space.broker();
  await space.triggers({
    first: { subscriber: first, filter: { type: 'question' } },
    second: { subscriber: second, filter: { type: 'answer' } },
  });
  return { id: await space.send({ attributes: { type: 'question' } }), second };
}
