/** Errors of Redis and Twilio that a run provokes on purpose. Any other is a fault of the service. */
const PROVOKED: ReadonlySet<string> = new Set([
  'audit.lost',
  'failed',
  'ledger.error',
  'redis.error',
  'redis.unsafe',
  'redis.unwritable',
  'twilio.breaker',
  'twilio.call',
  'webhook',
]);

/** Counts the lines of a log by level, and those that call for a person by event. */
export class LogTally {
  readonly lines: Record<string, number> = {};
  readonly errors: Record<string, number> = {};
  /** The lines that nothing of what was provoked accounts for, whole. */
  readonly unexplained: string[] = [];

  readonly count = (line: string): void => {
    const { level, event } = JSON.parse(line) as { readonly level: string; readonly event: string };
    this.lines[level] = (this.lines[level] ?? 0) + 1;
    if (level !== 'error' && level !== 'fatal') return;
    this.errors[event] = (this.errors[event] ?? 0) + 1;
    if (level === 'fatal' || !PROVOKED.has(event)) this.unexplained.push(line);
  };
}
