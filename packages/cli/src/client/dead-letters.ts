/** Dead letters as the server gives them: one line each of `/millrace/v1/dead-letters`. */
export interface DeadLetterLine {
  readonly id: number;
  /** `namespace/name`. */
  readonly trigger: string;
  readonly broker: string;
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
  /** Where the last attempt went. */
  readonly destination: string;
  readonly error: string;
  readonly statusCode?: number;
  readonly attempts: number;
  readonly firstFailure: string;
  readonly lastFailure: string;
  /** First bytes of the last answer, base64. */
  readonly responseBody?: string;
  /** The event in structured mode, as text. */
  readonly event: string;
}
