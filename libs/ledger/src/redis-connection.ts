import { Redis } from 'ioredis';

/**
 * A connection for the ledger, set so that nothing runs twice and nothing hangs: an unanswered command is not sent
 * again when the connection comes back, none waits for a connection, and each has a deadline. (Any one of the first
 * three alone is not enough with ioredis 6.0: it runs a script twice, or leaves its promise open for ever.)
 *
 * A command that failed may still have run; the ledger's operations are idempotent for that reason.
 */
export function connectLedger(url: string, { commandTimeoutMs }: { commandTimeoutMs: number }): Redis {
  return new Redis(url, {
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1000,
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
}
