import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { freePort } from '../support/free-port.js';
import { type OwnServer, type Started, until } from './own-servers.js';

export interface ClusterNode {
  readonly port: number;
  readonly process: ChildProcess;
  readonly admin: Redis;
}

export interface ClusterSet {
  readonly primaries: readonly ClusterNode[];
  /** The replica of the primary at the same place. */
  readonly replicas: readonly ClusterNode[];
  /** For the service. */
  readonly environment: Record<string, string>;
}

const SLOTS = 16_384;
const OPTIONS = [
  '--cluster-enabled yes --cluster-node-timeout 1000 --cluster-replica-validity-factor 0',
  '--appendonly yes --repl-diskless-sync-delay 0 --repl-ping-replica-period 1',
].flatMap((line) => line.split(' '));

/** Starts three primaries with a replica each, which notice a loss after a second. */
export async function startCluster(started: Started): Promise<ClusterSet> {
  const nodes: (ClusterNode & { readonly bus: number })[] = [];
  for (let index = 0; index < 6; index++) {
    const [port, bus] = [await freePort(), await freePort()];
    const directory = mkdtempSync(join(tmpdir(), 'push-resend-cluster-'));
    started.add(() => rmSync(directory, { recursive: true, force: true }));
    const place = ['--port', String(port), '--cluster-port', String(bus), '--bind', '127.0.0.1', '--dir', directory];
    const process = started.spawned(...place, ...OPTIONS);
    nodes.push({ port, bus, process, admin: started.client({ port, retryStrategy: () => 100 }) });
  }
  const primaries = nodes.slice(0, 3);
  const replicas = nodes.slice(3);

  for (const [index, { admin, port, bus }] of primaries.entries()) {
    await until('a node answers', async () => (await admin.ping()) === 'PONG');
    const [first, next] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / primaries.length));
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (next ?? 0) - 1);
    for (const other of nodes) await other.admin.call('CLUSTER', 'MEET', '127.0.0.1', port, bus);
  }
  const nodesKnownTo = async ({ admin }: ClusterNode) => String(await admin.cluster('NODES'));
  await until('all have met', async () => {
    const told = await Promise.all(nodes.map(nodesKnownTo));
    return told.every((lines) => lines.trim().split('\n').length === 6 && !lines.includes('handshake'));
  });
  for (const [index, { admin }] of replicas.entries()) {
    await admin.call('CLUSTER', 'REPLICATE', String(await primaries[index]?.admin.cluster('MYID')));
  }
  await until('every replica is in step, and all know it', async () => {
    const states = await Promise.all(nodes.map(({ admin }) => admin.cluster('INFO')));
    const followers = await Promise.all(replicas.map(({ admin }) => admin.info('replication')));
    const told = await Promise.all(nodes.map(nodesKnownTo));
    return (
      states.every((state) => state.includes('cluster_state:ok')) &&
      followers.every((follower) => follower.includes('master_link_status:up')) &&
      told.every((lines) => lines.match(/slave/g)?.length === 3)
    );
  });
  return {
    primaries,
    replicas,
    environment: { REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(',') },
  };
}

/** Starts a Cluster of one primary, which is one of the smallest that providers sell. */
export async function startOneShard(
  started: Started,
  ...options: readonly string[]
): Promise<OwnServer & { readonly environment: Record<string, string> }> {
  const bus = String(await freePort());
  const own = ['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-announce-ip', '127.0.0.1'];
  const server = await started.server(...own, ...options);
  await server.admin.call('CLUSTER', 'ADDSLOTSRANGE', 0, SLOTS - 1);
  await until('it serves every slot', async () => (await server.admin.cluster('INFO')).includes('cluster_state:ok'));
  return { ...server, environment: { REDIS_CLUSTER_NODES: `127.0.0.1:${server.port}` } };
}
