/** Good manifests spoiled at random. */
import type { SeededRandom } from '@millrace/testkit';
import { broker, good, ping, sink } from './manifest-rows.ts';

/** A good manifest spoiled in one to three places. */
export function spoil(random: SeededRandom): Uint8Array {
  let text = random.pick([
    good.replace('name: good', 'name: other'),
    broker('spec:\n  delivery:\n    retry: 3\n'),
    ping(`  schedule: "* * * * *"\n${sink}`),
  ]);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(text.length);
    const lines = text.split('\n');
    const line = random.below(lines.length);
    switch (random.below(8)) {
      case 0:
        text = text.slice(0, at);
        break;
      case 1:
        text =
          text.slice(0, at) +
          random.pick([
            ':',
            '\t',
            '"',
            "'",
            '[',
            '{',
            '}',
            '&a ',
            '*a',
            '!!int ',
            '|',
            '%',
            '\0',
            '---\n',
            '#',
            '\ud800',
          ]) +
          text.slice(at);
        break;
      case 2:
        text = lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
        break;
      case 3:
        text = lines.toSpliced(line, 1).join('\n');
        break;
      case 4:
        text = lines.with(line, `${' '.repeat(random.below(5))}${lines[line] ?? ''}`).join('\n');
        break;
      case 5:
        text = text.replaceAll(/: (\S+)/g, (whole: string) =>
          random.chance(0.2)
            ? `: ${random.pick(['null', '7', 'true', '[]', '{}', '~', '-0', '1e999', '!!binary x'])}`
            : whole,
        );
        break;
      case 6:
        text = lines.toSorted(() => random.next() - 0.5).join('\n');
        break;
      default:
        text = text.slice(0, at) + text.slice(at + 1 + random.below(4));
    }
  }
  return Buffer.from(text);
}
