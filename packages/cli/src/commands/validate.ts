/** `millrace validate -f`: whether manifests would be accepted, without a server. */
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodes, usageError } from '../exit.ts';
import type { CommandModule } from '../program.ts';
import { asJson, asYaml, parseOutput } from '../terminal/output.ts';
import { plural } from '../terminal/text.ts';
import { collect } from './flags.ts';

interface ValidateFlags {
  readonly filename?: readonly string[];
  readonly output?: string;
}

export const validate: CommandModule = {
  register(program, context, run) {
    program
      .command('validate')
      .description('check manifests: exit code 0 when every object would be accepted, 1 when not')
      .option('-f, --filename <path>', 'file or folder; may be given again', collect)
      .option('-o, --output <format>', 'json or yaml')
      .addHelpText(
        'after',
        '\nExamples:\n  millrace validate -f manifests/\n  millrace validate -f broker.yaml -f triggers.yaml -o json\n',
      )
      .action(run((flags: ValidateFlags) => runValidate(context, flags)));
  },
};

async function runValidate({ io }: CliContext, flags: ValidateFlags): Promise<ExitCode> {
  const format = parseOutput(flags.output, ['table', 'json', 'yaml']);
  if (!flags.filename) throw usageError('nothing to validate', 'Name files or folders with -f.');
  const { checkFiles } = await import('../server/manifest-files.ts');
  const { objectCount, problems } = await checkFiles(flags.filename, io.cwd);
  if (format !== 'table') io.out.write((format === 'json' ? asJson : asYaml)({ objects: objectCount, problems }));
  else for (const { text } of problems) io.out.write(`${text}\n`);
  const { colors } = io.err;
  if (problems.length === 0) io.err.write(`${colors.green('✓')} ${plural(objectCount, 'object')} valid\n`);
  else io.err.write(`${colors.red('✗')} ${plural(problems.length, 'problem')} in ${flags.filename.join(', ')}\n`);
  return problems.length === 0 ? exitCodes.ok : exitCodes.failed;
}
