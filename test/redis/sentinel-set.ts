import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { freePort } from '../support/free-port.js';
import { type Started, until } from './own-servers.js';
import { startProxy, type TcpProxy } from './tcp-proxy.js';

export const DATA_PASSWORD = 'password-of-the-data';
export const SENTINEL_PASSWORD = 'password-of-the-sentinels';

export interface DataNode {
  /** Where the others find it. */
  readonly port: number;
  readonly address: string;
  readonly process: ChildProcess;
  readonly admin: Redis;
}

/** Data nodes and sentinels, all with a password. */
export interface SentinelSet {
  readonly nodes: readonly DataNode[];
  readonly sentinels: readonly Redis[];
  /** For the service. */
  readonly environment: Record<string, string>;
  /** The node that most sentinels send writers to. */
  primary(): Promise<DataNode>;
  /** Addresses of the sentinels, in their order. */
  readonly sentinelAddresses: readonly string[];
  /** Cuts the network in two, until called with nobody. Needs `canBeCut`; the service is at 127.0.0.1. */
  split(oneSide: readonly string[]): void;
}

export interface SentinelSetOptions {
  readonly replicas: number;
  readonly sentinels: number;
  /** Every link goes through a proxy, so that it can be cut. On Linux, where all of 127.0.0.0/8 is loopback. */
  readonly canBeCut?: boolean;
  /** Files of a certificate for 127.0.0.1 and its key: no port without TLS then. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** Starts a set that notices the loss of its primary after a second. */
export async function startSentinelSet(started: Started, options: SentinelSetOptions): Promise<SentinelSet> {
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-sentinel-'));
  started.add(() => rmSync(directory, { recursive: true, force: true }));
  const { tls } = options;
  const listen = (port: number) => (tls ? { 'tls-port': port, port: 0, ...tlsSettings(tls, directory) } : { port });
  const access = { ...(tls && { tls: { ca: tls.ca } }), retryStrategy: () => 100 };
  const start = (name: string, settings: object, ...flags: string[]) => {
    const file = join(directory, `${name}.conf`);
    const lines = Object.entries({ bind: '127.0.0.1', dir: directory, loglevel: 'warning', ...settings });
    writeFileSync(file, lines.map(([key, value]) => `${key} ${value}`).join('\n'));
    return started.spawned(file, ...flags);
  };

  const doors: { readonly address: string; readonly proxy: TcpProxy }[] = [];
  /** The port under which others find what listens on `port`, and the settings that say so. */
  const door = async (port: number, address: string, announce: string) => {
    if (!options.canBeCut) return { found: port, settings: {} };
    const proxy = await startProxy(port);
    started.add(() => proxy.close());
    doors.push({ address, proxy });
    const settings = {
      'bind-source-addr': address,
      [`${announce}-ip`]: '127.0.0.1',
      [`${announce}-port`]: proxy.port,
    };
    return { found: proxy.port, settings };
  };

  const nodes: DataNode[] = [];
  for (let index = 0; index <= options.replicas; index++) {
    const port = await freePort();
    const address = `127.0.0.${10 + index}`;
    const { found, settings } = await door(port, address, 'replica-announce');
    const process = start(`node-${index}`, {
      ...listen(port),
      ...settings,
      ...(nodes[0] && { replicaof: `127.0.0.1 ${nodes[0].port}` }),
      requirepass: DATA_PASSWORD,
      masterauth: DATA_PASSWORD,
      appendonly: 'yes',
      appenddirname: `node-${index}`,
      dbfilename: `node-${index}.rdb`,
      'repl-diskless-sync-delay': 0,
      'repl-ping-replica-period': 1,
      'maxmemory-policy': 'noeviction',
    });
    nodes.push({ port: found, address, process, admin: started.client({ ...access, port, password: DATA_PASSWORD }) });
  }
  const [first] = nodes;
  if (!first) throw new Error('a set has a primary');
  await until('the replicas are connected', async () =>
    (await first.admin.info('replication')).includes(`connected_slaves:${options.replicas}`),
  );

  const sentinels: { port: number; address: string; client: Redis }[] = [];
  for (let index = 0; index < options.sentinels; index++) {
    const port = await freePort();
    const address = `127.0.0.${20 + index}`;
    const { found, settings } = await door(port, address, 'sentinel announce');
    start(
      `sentinel-${index}`,
      {
        ...listen(port),
        ...settings,
        requirepass: SENTINEL_PASSWORD,
        'sentinel sentinel-pass': SENTINEL_PASSWORD,
        'sentinel monitor': `own 127.0.0.1 ${first.port} ${Math.floor(options.sentinels / 2) + 1}`,
        'sentinel auth-pass': `own ${DATA_PASSWORD}`,
        'sentinel down-after-milliseconds': 'own 1000',
        'sentinel failover-timeout': 'own 3000',
      },
      '--sentinel',
    );
    const client = started.client({ ...access, port, password: SENTINEL_PASSWORD, enableReadyCheck: false });
    sentinels.push({ port: found, address, client });
  }
  const field = async ({ client }: { client: Redis }, name: string) => {
    const reply = (await client.call('SENTINEL', 'MASTER', 'own')) as string[];
    return Number(reply[reply.indexOf(name) + 1]);
  };
  const knowAll = async (one: { client: Redis }) =>
    (await field(one, 'num-other-sentinels')) === options.sentinels - 1 &&
    (await field(one, 'num-slaves')) === options.replicas;
  await until('all know each other', async () => (await Promise.all(sentinels.map(knowAll))).every(Boolean), 15_000);

  return {
    nodes,
    sentinels: sentinels.map(({ client }) => client),
    environment: {
      REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_SENTINEL_NAME: 'own',
      REDIS_SENTINEL_PASSWORD: SENTINEL_PASSWORD,
      REDIS_PASSWORD: DATA_PASSWORD,
    },
    sentinelAddresses: sentinels.map(({ address }) => address),
    split: (oneSide) => {
      for (const { address: own, proxy } of doors) {
        proxy.cut((other) => oneSide.length > 0 && oneSide.includes(own) !== oneSide.includes(other));
      }
    },
    primary: async () => {
      const votes = await Promise.all(
        sentinels.map(({ client }) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'own')),
      );
      const ports = votes.map((reply) => Number((reply as string[])[1]));
      const most = ports.find((port) => ports.filter((other) => other === port).length > ports.length / 2);
      const named = nodes.find(({ port }) => port === most);
      if (!named) throw new Error('most sentinels name no primary');
      return named;
    },
  };
}

function tlsSettings({ cert, key, ca }: { cert: string; key: string; ca: string }, directory: string) {
  const file = join(directory, 'ca.pem');
  writeFileSync(file, ca);
  return {
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': file,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  };
}

/** Kills a process as the kernel does when memory is out. */
export async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
