import type { Rig } from '../support/rig.js';
import { NaiveBackend } from './naive-backend.js';

/** The phone is away for so long, the user taps for so long, and so often. Seconds. */
const OFFLINE_SECONDS = 240;
const TAPPING_SECONDS = 300;
const TAP_EVERY_SECONDS = 5;
const CLIENT_COOLDOWN_SECONDS = 30;

/** How pushes wait for a phone that is away: as Apple says, as Google says, or as Twilio's page says of both. */
export const PHONES = {
  APNs: { platform: 'apn', twilioFlood: false },
  FCM: { platform: 'fcm', twilioFlood: false },
  'as Twilio’s page has it': { platform: 'apn', twilioFlood: true },
} as const;
export type Phone = keyof typeof PHONES;

export const BACKENDS = ['naive', 'naive, button locked for 30 s', 'Push Resend'] as const;
export type Backend = (typeof BACKENDS)[number];

/** What one impatient user costs, and goes through. */
export interface FloodScore {
  readonly phone: Phone;
  readonly backend: Backend;
  /** Rings in the moment the phone is back. */
  readonly alertsOnReconnect: number;
  /** The most of these that are resends of one Challenge. */
  readonly resendsOfOneChallenge: number;
  /** Rings in all, and of these for a sign-in that the screen had given up. */
  readonly alerts: number;
  readonly useless: number;
  /** Pushes handed to APNs or FCM, the automatic ones included. */
  readonly pushes: number;
  readonly callsToTwilio: number;
}

interface Inbox {
  readonly alerts: number;
  readonly pushes: readonly {
    readonly challengeSid: string;
    readonly source: 'automatic' | 'notification';
    readonly createdAt: string;
    readonly deliveredAt: string | null;
    readonly useless: boolean | null;
  }[];
}

/** A tap every five seconds for five minutes, the phone offline for the first four. */
export async function floodScore(rig: Rig, phone: Phone, backend: Backend): Promise<FloodScore> {
  const { platform, twilioFlood } = PHONES[phone];
  const identity = `impatient-${crypto.randomUUID()}`;
  const device = `/devices/${identity}`;
  await rig.simulate('POST', '/switches', { twilioFlood });
  await rig.simulate('POST', device, { online: false, platform });
  const screen = await rig.login({ identity, platform, ageSeconds: 0 });
  const naive = await NaiveBackend.of(rig, identity, screen.challengeSid);
  const callsBefore = await callsFor(identity, rig);

  let lockedUntil = 0;
  let awaited = screen.challengeSid;
  for (let second = TAP_EVERY_SECONDS; second <= TAPPING_SECONDS; second += TAP_EVERY_SECONDS) {
    rig.wait(TAP_EVERY_SECONDS);
    if (second === OFFLINE_SECONDS) {
      if (backend !== 'Push Resend') awaited = naive.challengeSid;
      await rig.simulate('POST', device, { online: true });
    }
    if (backend === 'Push Resend') await screen.tap();
    else if (backend === 'naive') await naive.tap();
    else if (second >= lockedUntil) {
      lockedUntil = second + CLIENT_COOLDOWN_SECONDS;
      await naive.tap();
    }
  }

  const { pushes, alerts } = await rig.simulate<Inbox>('GET', device);
  const burst = pushes.filter(({ createdAt, deliveredAt }) => deliveredAt !== null && deliveredAt !== createdAt);
  const resends = burst.filter(({ source }) => source === 'notification');
  const perChallenge = [...Map.groupBy(resends, ({ challengeSid }) => challengeSid).values()].map((of) => of.length);
  const isUseless = (push: Inbox['pushes'][number]) =>
    push.useless === true || (burst.includes(push) && push.challengeSid !== awaited);
  return {
    phone,
    backend,
    alertsOnReconnect: burst.length,
    resendsOfOneChallenge: Math.max(0, ...perChallenge),
    alerts,
    useless: pushes.filter(isUseless).length,
    pushes: pushes.length,
    callsToTwilio: (await callsFor(identity, rig)) - callsBefore,
  };
}

/** The scores as a table in Markdown, without padding. */
export function floodTable(scores: readonly FloodScore[]): string[] {
  const cells = scores.map(({ phone, backend, alertsOnReconnect, alerts, useless, pushes, callsToTwilio }) => [
    phone,
    backend,
    alertsOnReconnect,
    alerts,
    useless,
    pushes,
    callsToTwilio,
  ]);
  const heads = [
    'pushes wait',
    'backend',
    'rings on reconnect',
    'rings in total',
    'useless',
    'pushes',
    'calls to Twilio',
  ];
  return [heads, heads.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
}

async function callsFor(identity: string, rig: Rig): Promise<number> {
  const journal = await rig.simulate<{ path: string }[]>('GET', '/journal');
  return journal.filter(({ path }) => path.includes(`/Entities/${identity}/`)).length;
}
