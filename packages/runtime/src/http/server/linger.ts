/**
 * Ends a connection whose peer may still be sending. Closing it at once would answer the peer's next bytes with a
 * reset, and a reset makes the peer's system throw away the answer that was on its way. So only our side is ended, and
 * what still comes is read away (the parser goes on reading) until the peer ends too, or the time is over.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../ports/index.ts';

export function linger(socket: Socket, clock: Clock, limitMs: number): void {
  if (socket.destroyed) return;
  const timer = clock.setTimer(limitMs, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  socket.once('end', () => socket.destroy());
  socket.end();
  socket.resume();
}
