import { Cluster, type Redis } from 'ioredis';

/** How often a connection checks that its server is still a primary, in milliseconds. */
const ASK_EVERY_MS = 2000;

/**
 * Makes a connection leave a server that is no longer the primary. After a failover the name of Redis points to another
 * server, but an open connection stays, and a read-only one never gets READONLY. A connection that has never seen a
 * primary is left alone: it may be meant to read a replica.
 */
export function followingPrimary(redis: Redis): Redis {
  let hasSeenPrimary = false;
  let timer: NodeJS.Timeout | undefined;
  const isPrimary = async () => {
    const info = await redis.info('replication').catch(() => '');
    const isOne = info.includes('role:master');
    hasSeenPrimary ||= isOne;
    return isOne || !info.includes('role:');
  };
  const ask = async () => {
    if (!(await isPrimary()) && hasSeenPrimary) redis.disconnect(true);
  };
  redis.on('ready', () => {
    clearInterval(timer);
    timer = setInterval(() => void ask(), ASK_EVERY_MS).unref();
    void isPrimary();
  });
  return redis.on('close', () => clearInterval(timer));
}

/** Makes a connection to the ledger's Redis reconnect whenever the ledger's own does, to the same server. */
export function followLedger(redis: Redis | Cluster, ledger: Redis | Cluster): void {
  if (redis instanceof Cluster) return; // it tracks its primaries by itself
  ledger.on('close', () => {
    if (redis.status === 'ready') redis.disconnect(true);
  });
}
