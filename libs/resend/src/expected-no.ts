/**
 * An expected "no", as an error without a stack trace, which nobody reads and which costs more than the response
 * itself.
 */
export abstract class ExpectedNo extends Error {
  constructor(code: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(code, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
