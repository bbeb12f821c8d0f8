import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import type { Instance } from '../chaos/instance.js';
import { GIVE_UP_MS } from '../chaos/login-client.js';
import { type Site, startSite } from '../chaos/site.js';
import { LogTally } from './log-tally.js';
import { NODE_OPTIONS } from './manifest.js';
import type { Vitals } from './probe.js';
import { WebhookEntrance } from './webhook-entrance.js';

/** Wins over what storms set. */
const SETTINGS = {
  NODE_ENV: 'production',
  NODE_OPTIONS,
  REDIS_COMMAND_TIMEOUT_MS: '250',
  TWILIO_AUTH_TOKEN: demoCredentials.authToken,
  AUDIT_RETENTION_DAYS: '1',
};

/** A site in production's mode and with its heap, whose instances can be looked into and get webhooks. */
export interface MeasuredSite extends Site {
  /** Of all instances together. */
  readonly tally: LogTally;
  /** Until then, in epoch milliseconds, some clients hang up before they are answered. */
  readonly hangUps: { until: number };
  /** Collects an instance's garbage. @returns what it then has */
  vitalsOf(instance: Instance): Promise<Vitals>;
}

/** Whether a process is no more. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

const ANSWERS_WITHIN_MS = 20_000;
/** The part of requests whose client hangs up early, and after how long at least, in milliseconds. */
const HANG_UPS = 0.05;
const SHORTEST_PATIENCE_MS = 2;

export async function startMeasuredSite(instanceCount: number): Promise<MeasuredSite> {
  const folder = mkdtempSync(join(tmpdir(), 'push-resend-soak-'));
  const probe = join(folder, 'probe.mjs');
  // As JavaScript, because Node's compiler of types would take memory of the instance.
  writeFileSync(probe, stripTypeScriptTypes(readFileSync(new URL('probe.ts', import.meta.url), 'utf8')));
  const tally = new LogTally();
  const hangUps = { until: 0 };
  const entrance = new WebhookEntrance();
  const publicUrl = await entrance.listen();
  const close = () => {
    entrance.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const site = await startSite(instanceCount, {
    environment: { ...SETTINGS, PUBLIC_URL: publicUrl },
    watch: { nodeArguments: ['--expose-gc', '--import', probe], onLine: tally.count },
    webhookUrl: `${publicUrl}/webhooks/twilio/verify`,
    patienceMs: () =>
      Date.now() < hangUps.until && Math.random() < HANG_UPS
        ? SHORTEST_PATIENCE_MS * (1 + 20 * Math.random())
        : GIVE_UP_MS,
  }).catch((error: unknown) => {
    close();
    throw error;
  });
  entrance.targets = site.instances.map(({ url }) => url);
  const vitalsOf = async ({ process: child }: Instance): Promise<Vitals> => {
    if (hasEnded(child)) throw new Error(`an instance ended by itself: ${child.exitCode ?? child.signalCode}`);
    const told = once(child, 'message', { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }) as Promise<[Vitals]>;
    child.send('vitals');
    return (await told)[0];
  };
  const closeSite = site.close.bind(site);
  return Object.assign(site, { tally, hangUps, vitalsOf, close: () => closeSite().finally(close) });
}
