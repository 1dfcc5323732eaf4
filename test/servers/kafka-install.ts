/**
 * Apache Kafka at a pinned version: fetched once by Maven from where this machine's Maven settings say, together with two things that make
 * starts quick: an empty data folder that is copied instead of formatted each time, and an archive of loaded classes for this machine's Java.
 */
import { createHash } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { attempt, type Installation } from './installation.ts';
import { kafkaArguments, readyLine, startMsMax } from './kafka-java.ts';
import { kafkaProperties } from './kafka-properties.ts';
import { clusterId, credentials } from './kafka-security.ts';
import { dataFolder, freePorts, removeFolder, ServerProcess } from './process.ts';
import { run, ToolError } from './run.ts';

export const kafkaVersion = '4.4.0';
const javaMin = 17;

export interface KafkaInstallation {
  readonly jars: string;
  /** A formatted data folder without identity: see `kafka-data.ts`. */
  readonly template: string;
  readonly archive: string;
}

/** kafka-tools-api is not published for this version, and a server does not need it. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.millrace</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

let known: Promise<Installation<KafkaInstallation>> | undefined;

export function kafkaServers(): Promise<Installation<KafkaInstallation>> {
  known ??= attempt(`Apache Kafka (needs Java ${javaMin} and, once, Maven)`, async () => {
    const java = await javaVersion();
    const folder = await cached(`kafka-${kafkaVersion}`, fetchKafka);
    const jars = join(folder, 'jars');
    const template = join(folder, 'template');
    const name = `kafka-${kafkaVersion}-classes-${createHash('sha256').update(java).digest('hex').slice(0, 12)}`;
    const archive = join(await cached(name, (part) => archiveClasses(jars, template, part)), 'classes.jsa');
    return { jars, template, archive };
  });
  return known;
}

/** All that \`java -version\` says: the archive fits no other. */
async function javaVersion(): Promise<string> {
  const said = await run('java', ['-version']);
  const major = Number(/version "(\d+)/.exec(said)?.[1] ?? 0);
  if (major < javaMin) throw new ToolError(`Java ${javaMin} or newer is needed, \`java -version\` says ${said.trim()}`);
  return said;
}

async function fetchKafka(part: string): Promise<void> {
  const jars = join(part, 'jars');
  writeFileSync(join(part, 'pom.xml'), pom);
  await run(
    'mvn',
    ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
    { cwd: part },
  );
  const [broker = 0, controller = 0] = await freePorts(2);
  const data = join(part, 'template');
  const properties = join(part, 'template.properties');
  writeFileSync(
    properties,
    kafkaProperties({ nodeId: 1, controllers: [controller], data, listeners: [{ name: 'PLAINTEXT', port: broker }] }),
  );
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${credentials.user},password=${credentials.password}]`,
  ]);
  await run('java', [
    ...kafkaArguments({ jars, heapMb: 128, main: 'kafka.tools.StorageTool' }),
    ...['format', '-t', clusterId, '-c', properties, ...scram],
  ]);
}

/** Starts one node, ends it in order, and keeps what Java loaded on the way. */
async function archiveClasses(jars: string, template: string, part: string): Promise<void> {
  const folder = dataFolder('kafka-classes');
  try {
    const data = join(folder, 'data');
    cpSync(template, data, { recursive: true });
    const [broker = 0, controller = 0] = await freePorts(2);
    const properties = join(folder, 'server.properties');
    writeFileSync(
      properties,
      kafkaProperties({ nodeId: 1, controllers: [controller], data, listeners: [{ name: 'PLAINTEXT', port: broker }] }),
    );
    const archiving = [`-XX:ArchiveClassesAtExit=${join(part, 'classes.jsa')}`];
    const server = new ServerProcess(
      'java',
      [...kafkaArguments({ jars, heapMb: 384, main: 'kafka.Kafka', more: archiving }), properties],
      { cwd: folder, outputFile: join(folder, 'output.log') },
    );
    await server.said(readyLine, startMsMax);
    await server.end('SIGTERM');
  } finally {
    removeFolder(folder);
  }
}
