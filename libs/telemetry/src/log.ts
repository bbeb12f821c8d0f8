/**
 * The logger interface, compatible with pino. `line.event` is from a closed set that dashboards can search for; the
 * message is for people.
 */
export interface Log {
  debug(line: LogLine, message: string): void;
  info(line: LogLine, message: string): void;
  warn(line: LogLine, message: string): void;
  error(line: LogLine, message: string): void;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };
