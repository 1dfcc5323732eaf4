/** How a Kafka process is started. */

export interface JavaOptions {
  readonly jars: string;
  readonly heapMb: number;
  readonly main: string;
  readonly archive?: string;
  readonly more?: readonly string[];
}

/** What a node says when it takes requests: the broker is then known to its controller and unfenced. */
export const readyLine = /Kafka Server started/;
/** 6 s on a quiet machine of two cores without the class archive, three nodes 20 s; a loaded one gets more. */
export const startMsMax = 120_000;

export function kafkaArguments(options: JavaOptions): readonly string[] {
  return [
    `-Xmx${options.heapMb}m`,
    // Little memory, and quick at starting rather than at its peak: this is one node among the tests' own processes.
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    // Without a fitting archive Java goes on without it.
    ...(options.archive === undefined ? [] : [`-XX:SharedArchiveFile=${options.archive}`]),
    ...(options.more ?? []),
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
    '-cp',
    `${options.jars}/*`,
    options.main,
  ];
}
