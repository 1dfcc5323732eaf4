/** Sends a malformed request and says what is wrong with what came back. */
import { connect } from 'node:net';
import type { BadRequest } from './generator.ts';

/** A server must have answered and ended within this time. */
const LIMIT_MS = 8_000;

/** What the server sent until it ended the connection; undefined when it did not end in time. */
export function attack(port: number, request: BadRequest): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    const done = (result: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => done(undefined), LIMIT_MS);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => done(text));
    for (const part of request.parts) socket.write(part);
    if (request.ending === 'end') socket.end();
    // A turn later, so that the bytes have left.
    if (request.ending === 'reset') socket.once('connect', () => setTimeout(() => socket.resetAndDestroy(), 5));
  });
}

const STACK = /\bat [^\n]*:\d+:\d+|\bat (?:async )?\w+ \(|node:internal|\.[cm]?[jt]s\b|Error:|node_modules/;

/** Problems with an answer; empty when it is as stated. */
export function problemsOf(request: BadRequest, text: string | undefined): string[] {
  if (text === undefined) return ['the connection was not ended'];
  const problems: string[] = [];
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n/g)].map(([, status]) => Number(status));
  if (statuses.join() !== request.statuses.join()) {
    problems.push(`expected ${request.statuses.join(', ') || 'no answer'}, got ${statuses.join(', ') || 'none'}`);
  }
  if (STACK.test(text)) problems.push('a stack trace, or a piece of one');
  for (const answer of text.split(/(?=HTTP\/1\.1 \d{3} )/)) problems.push(...problemsOfAnswer(answer));
  return problems;
}

function problemsOfAnswer(answer: string): string[] {
  if (answer === '') return [];
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const problems: string[] = [];
  if (!/\r\nallow: POST, OPTIONS(?:\r\n|$)/i.test(head)) problems.push('no Allow: POST, OPTIONS');
  if (/^HTTP\/1\.1 2/.test(head)) return problems;
  if (!/^\{"error":"[^\n]+"\}\n$/.test(body))
    problems.push(`the body is not one line of {"error": …}: ${JSON.stringify(body)}`);
  return problems;
}
