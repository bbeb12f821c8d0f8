import { type Cluster, Redis } from 'ioredis';
import { ReplicasMissing } from './replicas.js';
import type { RedisEndpoint } from './endpoint.js';
import { toleratingLateErrors } from './late-errors.js';

const FRESH_MS = 10_000;

/**
 * The expected number of replicas, including those that are down: it does not fall when a node is lost, so that the
 * loss is noticed. Its source:
 *
 * - Sentinel remembers every replica it ever saw, until `SENTINEL RESET`. The highest number of any sentinel counts.
 * - A Cluster remembers every node until `CLUSTER FORGET`. The nodes without slots of their own are divided by the
 *   primaries with slots, rounded up: exact if all primaries have the same number of replicas.
 *
 * Refreshed after 10 s; while there is no answer, the last number is used.
 * @throws ReplicasMissing while there was never a number above 0
 */
export function everyReplica(ask: () => Promise<number>): () => Promise<number> {
  let known = 0;
  let freshUntil = 0;
  let asking: Promise<void> | undefined;
  const learn = async () => {
    const count = await ask().catch(() => 0);
    if (count > 0) {
      known = count;
      freshUntil = performance.now() + FRESH_MS;
    }
    asking = undefined;
  };
  return async () => {
    if (performance.now() >= freshUntil) asking ??= learn();
    if (known === 0) await asking;
    if (known === 0) throw new ReplicasMissing('the required number of replicas is unknown');
    return known;
  };
}

/** @returns the most replicas that any sentinel knows of; 0 when none answers */
export async function replicasBySentinel(endpoint: RedisEndpoint, timeoutMs: number): Promise<number> {
  const { at, sentinel } = endpoint;
  if (at.kind !== 'sentinel') return 0;
  const counts = at.sentinels.map(async (address) => {
    const redis = new Redis({
      ...address,
      ...(sentinel?.username !== undefined && { username: sentinel.username }),
      ...(sentinel?.password !== undefined && { password: sentinel.password }),
      ...(sentinel?.tls && { tls: { ...sentinel.tls } }),
      lazyConnect: true,
      disableClientInfo: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
    });
    toleratingLateErrors(redis.on('error', () => undefined));
    try {
      const replicas = await redis.call('SENTINEL', 'REPLICAS', at.name);
      return Array.isArray(replicas) ? replicas.length : 0;
    } catch {
      return 0;
    } finally {
      redis.disconnect();
    }
  });
  return Math.max(0, ...(await Promise.all(counts)));
}

/** @returns replicas that each primary with slots should have */
export async function replicasByCluster(cluster: Cluster): Promise<number> {
  return replicasInNodes(String(await cluster.cluster('NODES')));
}

/** @param nodes reply of CLUSTER NODES; each line: id, address, flags, primary, ping, pong, epoch, link, slots… */
export function replicasInNodes(nodes: string): number {
  const members = nodes
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([, , flags = '']) => flags !== '' && !/handshake|noaddr/.test(flags));
  const primaries = members.filter(([, , flags = '', , , , , , ...slots]) => /master/.test(flags) && slots.length > 0);
  return primaries.length === 0 ? 0 : Math.ceil((members.length - primaries.length) / primaries.length);
}
