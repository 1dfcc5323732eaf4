/** Flags of `millrace dev`, as the parser gives them. */

export interface DevFlags {
  readonly filename?: readonly string[];
  readonly port?: string;
  readonly apiPort?: string;
  readonly host: string;
  readonly dataDir?: string;
  readonly log: string;
  readonly workers: string;
  readonly maxEventBytes?: string;
  readonly drain: string;
  readonly takeOver?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel: string;
  readonly logFormat: string;
}

export const defaultPort = 8080;
export const defaultApiPort = 8001;
