/**
 * Knative's event viewer, built in: prints each event it gets and answers 200 without a reply.
 * The form of its text is the one its users know: attributes, extensions, then the data.
 */
import { createServer } from 'node:http';
import { type CloudEvent, decodeHttp } from '@millrace/api';
import type { RunningConsumer } from './runner.ts';

/** More than any event we deliver by default. */
const bodyBytesMax = 64 * 1024 * 1024;

export function startEventDisplay(line: (text: string) => void, up: (url: string) => void): Promise<RunningConsumer> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= bodyBytesMax) chunks.push(chunk);
      });
      request.on('end', () => {
        const decoded = decodeHttp(request.headers, Buffer.concat(chunks));
        if (decoded.kind === 'event') for (const text of describeEvent(decoded.event)) line(text);
        response.writeHead(decoded.kind === 'event' ? 200 : 400).end();
      });
    });
    let end: (how: string) => void;
    const ended = new Promise<string>((settle) => {
      end = settle;
    });
    server.once('error', (error) => end(`cannot listen: ${error.message}`));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address) up(`http://127.0.0.1:${address.port}/`);
    });
    const stop = () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
        end('stopped');
      });
    resolve({ ended, stop });
  });
}

const standardNames = ['type', 'source', 'subject', 'id', 'time', 'dataschema', 'schemaurl', 'datacontenttype'];

function describeEvent(event: CloudEvent): readonly string[] {
  const lines = ['☁️  cloudevents.Event', 'Context Attributes,', `  specversion: ${event.specversion}`];
  for (const name of standardNames) {
    const value = event.attributes[name];
    if (value !== undefined) lines.push(`  ${name}: ${value}`);
  }
  const extensions = Object.keys(event.attributes).filter((name) => !standardNames.includes(name));
  if (extensions.length > 0)
    lines.push('Extensions,', ...extensions.sort().map((name) => `  ${name}: ${event.attributes[name]}`));
  if (event.data) lines.push('Data,', ...dataLines(event));
  return lines;
}

function dataLines(event: CloudEvent): readonly string[] {
  const text = Buffer.from(event.data ?? []).toString('utf8');
  const indent = (value: string) => value.split('\n').map((one) => `  ${one}`);
  if (!/json/.test(event.attributes['datacontenttype'] ?? '')) return indent(text);
  try {
    return indent(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return indent(text);
  }
}
