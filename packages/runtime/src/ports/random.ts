/** Randomness as a port: the system's in production, seeded in a simulated world. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A random UUID (version 4), lower case with dashes. */
  uuid(): string;
}
