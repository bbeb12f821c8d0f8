import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { LoginClient } from '../chaos/login-client.js';
import { Seeded } from '../chaos/seeded.js';
import type { Site } from '../chaos/site.js';

/** How often screens saw what. */
export interface Seen {
  opened: number;
  /** Streams that were not opened: Redis, Twilio or the instance had a bad moment. */
  refused: number;
  standings: number;
  /** Users who approved or denied while a stream was open. */
  answered: number;
  /** Of these, the streams that ended by themselves within {@link TOLD_WITHIN_MS}. */
  told: number;
  expired: number;
}

/** Longer than a heartbeat, with which a stream looks for what no notice told it. */
const TOLD_WITHIN_MS = 20_000;

/**
 * Login screens that listen: each opens an event stream, taps or looks meanwhile, and is approved, denied,
 * left to expire, closed, or cut off. Then the same person starts again, until `end`.
 */
export async function watchScreens(site: Site, clients: readonly LoginClient[], end: number): Promise<Seen> {
  const seen: Seen = { opened: 0, refused: 0, standings: 0, answered: 0, told: 0, expired: 0 };
  const people = clients.map(async (client) => {
    const random = new Seeded(client.user);
    while (Date.now() < end) await watchOne(site, client, random, seen);
  });
  await Promise.all(people);
  return seen;
}

async function watchOne(site: Site, client: LoginClient, random: Seeded, seen: Seen): Promise<void> {
  const expiresInSeconds = random.pick([4, 60]);
  const { challengeSid } = await site.simulate<{ challengeSid: string }>('POST', '/challenges', {
    identity: client.user,
    expiresInSeconds,
  });
  const { url } = random.pick(site.instances);
  const stream = await openStream(`${url}/v1/challenges/${challengeSid}/events`, client.token);
  if (stream === undefined) {
    seen.refused += 1;
    return sleep(random.between(200, 1000));
  }
  seen.opened += 1;
  const ended = new Promise<'ended'>((resolve) => stream.once('close', () => resolve('ended')));
  stream.on('data', (chunk: Buffer) => {
    seen.standings += chunk.toString().split('event: standing').length - 1;
  });
  await sleep(random.between(200, 2000));
  await (random.chance(0.5) ? client.press(url, challengeSid) : client.look(url, challengeSid));
  await sleep(random.between(200, 2000));
  const ending = expiresInSeconds < 60 ? 'expiry' : random.pick(['approved', 'denied', 'closed', 'cut off'] as const);
  switch (ending) {
    case 'approved':
    case 'denied': {
      const isAnswered = await site.simulate('POST', `/challenges/${challengeSid}/respond`, { status: ending }).then(
        () => true,
        () => false, // the simulator forgot it: another storm has begun
      );
      seen.answered += Number(isAnswered);
      if ((await Promise.race([ended, sleep(TOLD_WITHIN_MS, 'waiting', { ref: false })])) === 'ended') {
        seen.told += Number(isAnswered);
      }
      break;
    }
    case 'expiry':
      if ((await Promise.race([ended, sleep(TOLD_WITHIN_MS, 'waiting', { ref: false })])) === 'ended') {
        seen.expired += 1;
      }
      break;
    case 'cut off':
      stream.socket.resetAndDestroy();
      break;
    case 'closed':
      break;
    default:
      ending satisfies never;
  }
  stream.destroy();
}

/** @returns undefined unless it was opened */
async function openStream(url: string, token: string): Promise<IncomingMessage | undefined> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const asked = request(url, { headers, agent: false, timeout: TOLD_WITHIN_MS });
  asked.on('timeout', () => asked.destroy());
  const answer = once(asked.end(), 'response') as Promise<[IncomingMessage]>;
  asked.on('error', () => undefined); // also later: the connection may be cut
  const [stream] = await answer.catch(() => [undefined]);
  stream?.on('error', () => undefined);
  if (stream?.statusCode === 200) return stream;
  stream?.destroy();
  return undefined;
}
