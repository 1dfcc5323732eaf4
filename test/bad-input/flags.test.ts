/** Wrong flags: exit code 2 with a sentence that names the flag, never a stack trace. */
import { afterAll, describe, expect, test } from 'vitest';
import { millrace, temporaryFolder } from '../support/millrace.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Command line, exit code, and what the message has to name. */
const wrong: readonly (readonly [string, number, RegExp])[] = [
  ['frobnicate', 2, /frobnicate/],
  ['--frobnicate', 2, /--frobnicate/],
  ['dev --frobnicate', 2, /--frobnicate/],
  ['dev --port', 2, /--port/],
  ['dev --port eighty', 2, /--port eighty/],
  ['dev --port 70000', 2, /--port 70000/],
  ['dev --port -1', 2, /--port -1/],
  ['dev --api-port 1.5', 2, /--api-port 1\.5/],
  ['dev --log punchcards', 2, /--log punchcards/],
  ['dev --log-level loud', 2, /--log-level loud/],
  ['dev --log-format xml', 2, /--log-format xml/],
  ['dev --drain soon', 2, /--drain soon/],
  ['dev --max-event-bytes 0', 2, /--max-event-bytes 0/],
  ['dev --workers two', 2, /--workers two/],
  ['dev --workers 17', 2, /--workers 17 is not a whole number from 0 to 16/],
  ['dev --workers -1', 2, /--workers -1/],
  ['get', 2, /kinds/],
  ['get frobs', 2, /frobs/],
  ['get triger', 2, /"trigger"/],
  ['get triggers -o xml', 2, /--output xml/],
  ['get triggers ship -A', 2, /-n NAMESPACE/],
  ['send --mode smoke --url http://localhost:9/', 2, /--mode smoke/],
  ['send --count 0 --url http://localhost:9/', 2, /--count 0/],
  ['send --rate fast --url http://localhost:9/', 2, /--rate fast/],
  ['send --concurrency 100000 --url http://localhost:9/', 2, /--concurrency 100000/],
  ['send --data a --data-base64 YQ== --url http://localhost:9/', 2, /exclude each other/],
  ['send --data-base64 *** --url http://localhost:9/', 2, /base64/],
  ['send -e Region=eu --url http://localhost:9/', 2, /Region/],
  ['send -e region --url http://localhost:9/', 2, /name=value/],
  ['send --url nowhere', 2, /--url nowhere/],
  ['send --type a --file x.json --url http://localhost:9/', 2, /--type/],
  ['wait --timeout never', 2, /--timeout never/],
  ['wait broker', 2, /kind\/name|names no kind/],
  ['stop --timeout x', 2, /--timeout x/],
  ['tail --server not-a-url', 2, /--server not-a-url/],
  ['url frob/x', 2, /frob/],
  ['validate', 2, /-f/],
  ['explain', 2, /--event FILE/],
  ['explain -f x.yaml --against yesterday', 2, /last:N/],
  ['explain --against last:5', 2, /-f FILE/],
  ['validate -f nothing-here.yaml', 1, /nothing-here\.yaml/],
  ['send --file nothing-here.json --url http://localhost:9/', 3, /nothing-here\.json/],
  ['get triggers', 3, /no millrace runs/],
  ['send --type a --url http://127.0.0.1:9/', 4, /127\.0\.0\.1:9/],
  ['wait --timeout 50ms', 5, /50ms/],
];

describe('wrong flags', () => {
  test.each(wrong)('millrace %s ends with %d and says why', { timeout: 30_000 }, async (line, code, message) => {
    const result = await millrace(line.split(' '), { cwd: folder.path });
    expect({ code: result.code, stderr: result.stderr + result.stdout }).toMatchObject({
      code,
      stderr: expect.stringMatching(message),
    });
    // Never a stack trace, and nothing but data on stdout.
    expect(result.stderr).not.toMatch(/^\s+at .+:\d+:\d+/m);
    expect(result.stderr).not.toMatch(/fault of millrace/);
  });

  test('there are at least thirty of them', () => {
    expect(wrong.filter(([, code]) => code === 2).length).toBeGreaterThanOrEqual(30);
  });

  test('canary: a stack trace would be seen', () => {
    expect(new Error('x').stack).toMatch(/^\s+at .+:\d+:\d+/m);
  });
});
