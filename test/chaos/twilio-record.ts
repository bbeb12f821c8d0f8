import type { CreateCall, Push } from './outside-record.js';
import type { Site } from './site.js';

/** The journal keeps so many requests: a storm has to stay below. */
const JOURNAL_KEEPS = 10_000;

interface Journaled {
  readonly at: string;
  readonly path: string;
  readonly operation: string | null;
  readonly code?: number;
  readonly effect: string;
  readonly fault: string | null;
}

interface Inbox {
  readonly pushes: readonly {
    readonly challengeSid: string;
    readonly notificationSid: string | null;
    readonly createdAt: string;
    readonly ttlSeconds: number;
  }[];
}

/** What reached Twilio for these users: creates as its journal has them, and pushes as the phones have them. */
export async function twilioRecord(site: Site, users: readonly string[]) {
  const journal = await site.simulate<Journaled[]>('GET', '/journal');
  if (journal.length >= JOURNAL_KEEPS) throw new Error('The storm was too long for the simulator’s journal.');
  const inboxes = await Promise.all(users.map((user) => site.simulate<Inbox>('GET', `/devices/${user}`)));
  const faults = journal.flatMap(({ operation, fault }) => (fault === null ? [] : [`${operation} ${fault}`]));
  const creates = journal.flatMap(createCall).filter(({ user }) => users.includes(user));
  return { creates, pushes: inboxes.flatMap(pushesOf), faults, calls: journal.length };

  function pushesOf({ pushes }: Inbox, index: number): Push[] {
    const user = users[index] ?? '';
    return pushes.flatMap(({ notificationSid: sid, challengeSid, createdAt, ttlSeconds }) =>
      sid === null ? [] : [{ user, challengeSid, sid, at: Date.parse(createdAt), ttlSeconds }],
    );
  }
}

function createCall({ at, path, operation, code, effect, fault }: Journaled): CreateCall[] {
  if (operation !== 'createNotification') return [];
  const [, user = '', challengeSid = ''] = /\/Entities\/([^/]+)\/Challenges\/([^/]+)\//.exec(path) ?? [];
  const created = effect === 'notification-created';
  const known = { ...(code !== undefined && { code }), ...(fault !== null && { fault }) };
  return [{ user, challengeSid, at: Date.parse(at), created, ...known }];
}
