import { createJsonLogger, createLineLogger, fieldsText } from '@millrace/runtime';
import { expect, test } from 'vitest';

test('a line holds the constant message and its fields as key=value, quoted where a space would split them', () => {
  const lines: string[] = [];
  createLineLogger('info', (line) => lines.push(line)).warn('subscriber unreachable', {
    trigger: 'audit',
    error: 'a b',
    n: 3,
    none: undefined,
  });
  expect(lines).toEqual(['subscriber unreachable trigger=audit error="a b" n=3']);
});

test('lines below the level are not written', () => {
  const lines: string[] = [];
  const logger = createLineLogger('warn', (line) => lines.push(line));
  logger.info('no');
  logger.error('yes');
  expect(lines).toEqual(['yes']);
});

test('an error as a field shows its message and never its stack', () => {
  expect(fieldsText({ error: new Error('gone') })).toBe('error=gone');
});

test('JSON lines are one object a line with level, message and fields', async () => {
  const lines: string[] = [];
  const logger = await createJsonLogger('info', { write: (text) => lines.push(text) });
  logger.info('ready', { port: 8080 });
  expect(JSON.parse(lines.join(''))).toMatchObject({ name: 'millrace', msg: 'ready', port: 8080 });
});
