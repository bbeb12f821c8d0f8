import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from '@redis/connection.js';
import type { RedisConnections } from '@redis/connections.js';
import type { Log } from '@telemetry/log.js';

/** Logs one line when a connection to Redis is lost, and one when it is back. */
export function watchRedis({ ledger, sessions }: Pick<RedisConnections, 'ledger' | 'sessions'>, log: Log): void {
  watch(ledger, 'ledger', log);
  watch(sessions, 'sessions', log);
}

type Name = 'ledger' | 'sessions' | 'events';

/** @param connection its name in the log */
export function watch(redis: RedisConnection, connection: Name, log: Log): void {
  const lines = new LossLines(log, { connection }, `${connection} connection to Redis`);
  let hasEnded = false;
  redis.on('error', (error: Error) => lines.lost(withReason(error)));
  redis.on('end', () => {
    hasEnded = true;
  });
  // A Cluster that we close ourselves emits `close` before `end`, and once more for each of its nodes after that.
  redis.on('close', () => {
    setImmediate(() => hasEnded || lines.lost());
  });
  redis.on('ready', () => {
    hasEnded = false;
    if (!(redis instanceof Cluster)) lines.back();
  });
  if (redis instanceof Cluster) watchNodes(redis, { connection, log, lines });
}

/** ioredis calls a Cluster ready once it has its slots, even if no node can be used. */
function watchNodes(
  cluster: Cluster,
  { connection, log, lines }: { readonly connection: Name; readonly log: Log; readonly lines: LossLines },
): void {
  const nodes = new Map<string, LossLines>();
  const linesOf = (node: string) => {
    const known =
      nodes.get(node) ?? new LossLines(log, { connection, node }, `${connection} connection to a node of Redis`);
    nodes.set(node, known);
    return known;
  };
  const isUsable = () => cluster.status === 'ready' && cluster.nodes().some(({ status }) => status === 'ready');
  const check = () => isUsable() && lines.back();
  cluster.on('node error', (error: Error, node: string) => {
    if (!CONSEQUENCES.has(error.message)) linesOf(node).lost(error);
  });
  cluster.on('+node', (node: Redis) => {
    node.once('ready', () => {
      nodes.get(`${node.options.host}:${node.options.port}`)?.back();
      check();
    });
  });
  cluster.on('ready', () => {
    check();
    if (cluster.nodes().length === 0) lines.lost(new Error(NO_ADDRESSES));
  });
}

/** Follow-up errors of ioredis, before or after the actual error of a node. */
const CONSEQUENCES = new Set(['Connection is closed.', 'Command timed out', 'timeout']);

const NO_ADDRESSES =
  'the Cluster does not announce its node addresses; set cluster-preferred-endpoint-type to ip or hostname, or cluster-announce-ip, on its nodes';

/** The error of a Cluster lacks the reason; the last node's error has it. */
function withReason(error: Error): Error {
  return 'lastNodeError' in error ? new Error(error.message, { cause: error.lastNodeError }) : error;
}

/** The lines about one connection: one when it is lost, one for each refusal after that, and one when it is back. */
class LossLines {
  private readonly told = new Set<string>();

  constructor(
    private readonly log: Log,
    private readonly fields: object,
    private readonly name: string,
  ) {}

  /** @param err absent: it was closed without a reason */
  lost(err?: unknown): void {
    const refusal = refusalOf(err);
    if (this.told.size > 0 && (refusal === '' || this.told.has(refusal))) return;
    this.told.add(refusal);
    const line = { event: 'redis.error', ...this.fields, ...(err !== undefined && { err }) };
    this.log.error(line, `${this.name} ${err === undefined ? 'closed' : 'lost'}, reconnecting`);
  }

  back(): void {
    if (this.told.size === 0) return;
    this.told.clear();
    this.log.info({ event: 'redis.back', ...this.fields }, `${this.name} is back`);
  }
}

/** Redis' error or the TLS error; empty for an ordinary lost connection. */
function refusalOf(err: unknown): string {
  if (!(err instanceof Error)) return '';
  const { cause } = err;
  if ([err.name, cause instanceof Error && cause.name].includes('ReplyError')) return err.message;
  const code = 'code' in err ? String(err.code) : '';
  return /^E[A-Z]+$/.test(code) ? '' : code;
}
