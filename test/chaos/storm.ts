import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Blow, plannedBlows } from './blows.js';
import { ImpatientUser } from './impatient-user.js';
import type { LoginClient } from './login-client.js';
import { deal } from './nemesis.js';
import type { OutsideRecord } from './outside-record.js';
import { sendsAgain } from './recovery.js';
import { Seeded } from './seeded.js';
import type { Site } from './site.js';
import { allowances, POLICY } from './storm-policy.js';
import { twilioFaults } from './twilio-faults.js';
import { twilioRecord } from './twilio-record.js';
import { Witness } from './witness.js';

const DEVICES_PER_USER = 2;
const NANOSECONDS_PER_MS = 1e6;

/** How much happened. */
export interface Figures {
  readonly taps: number;
  readonly looks: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly callsToTwilio: number;
  readonly pushes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly blows: Readonly<Record<string, number>>;
  readonly longestHaltMs: number;
}

/** What a storm may differ in. */
export interface FaultRates {
  readonly users?: number;
  readonly blows?: readonly Blow[];
  /** What others do until `end`, the epoch milliseconds at which everything is made whole. */
  readonly meanwhile?: (end: number) => Promise<unknown>;
}

/**
 * One storm: users tap while Twilio is unreliable and Redis and the instances break, all as the seed plans it. Then
 * everything is made whole, and everybody signs in once more.
 */
export async function storm(
  site: Site,
  seed: string,
  durationMs: number,
  {
    users: userCount = 16,
    blows = plannedBlows(new Seeded(`${seed} blows`), durationMs, site.instances.length),
    meanwhile = async () => undefined,
  }: FaultRates = {},
): Promise<{ readonly record: OutsideRecord; readonly figures: Figures }> {
  await site.simulate('POST', '/reset');
  const names = Array.from({ length: userCount }, (_, index) => `storm-${seed}-user-${index + 1}`);
  const devices: LoginClient[][] = [];
  for (const name of names) devices.push(await devicesOf(name, site));
  site.random = new Seeded(`${seed} twilio`).next;
  for (const fault of twilioFaults()) await site.simulate('POST', '/faults', fault);

  const halts = monitorEventLoopDelay({ resolution: 5 });
  halts.enable();
  const witness = new Witness();
  const end = Date.now() + durationMs;
  const users = names.map((name, index) => {
    const own = new Seeded(`${seed} ${index}`);
    return new ImpatientUser(name, devices[index] ?? [], own, site, witness).actUntil(end);
  });
  const [disturbances] = await Promise.all([deal(blows, site), meanwhile(end), ...users]);

  await site.simulate('DELETE', '/faults');
  await site.allReady();
  const recovered = await Promise.all(
    devices.flatMap(([device]) => (device === undefined ? [] : [sendsAgain(device, site, witness)])),
  );
  halts.disable();
  const longestHaltMs = Math.ceil(halts.max / NANOSECONDS_PER_MS);
  const { creates, pushes, faults, calls } = await twilioRecord(site, names);
  const { presses, responses, tellings, looks } = witness;
  return {
    record: {
      policy: POLICY,
      allowances: allowances(longestHaltMs),
      presses,
      pushes,
      creates,
      responses,
      tellings,
      disturbances,
      afterwards: {
        stuck: recovered.flatMap(({ stuck }) => stuck ?? []),
        misled: recovered.flatMap(({ misled }) => misled ?? []),
        immortalKeys: await site.redis.immortalKeys(),
      },
    },
    figures: {
      taps: presses.length,
      looks,
      answers: counted(presses.map(({ answer }) => nameOf(answer))),
      callsToTwilio: calls,
      pushes: pushes.length,
      faults: counted(faults),
      blows: counted(blows.map(({ kind }) => kind)),
      longestHaltMs,
    },
  };
}

function devicesOf(user: string, site: Site): Promise<LoginClient[]> {
  return Promise.all(Array.from({ length: DEVICES_PER_USER }, () => site.signIn(user)));
}

function nameOf(answer: OutsideRecord['presses'][number]['answer']): string {
  if (answer.kind === 'refused') return answer.code;
  return answer.kind === 'sent' && answer.replayed ? 'sent (replayed)' : answer.kind;
}

function counted(names: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(names, (name) => name)].map(([name, of]): [string, number] => [name, of.length]);
  return Object.fromEntries(groups.toSorted(([, a], [, b]) => b - a));
}
