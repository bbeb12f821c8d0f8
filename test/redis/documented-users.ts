import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

const DOCS = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');

/** The password that `admit` gives to everybody. */
export const PASSWORD = 'let-me-in';

/** ACL rules that operators are told to use: `user NAME on >PASSWORD …`. */
export function rulesOf(user: string): string[] {
  const [, rules] = new RegExp(`^user ${user} (on >PASSWORD .*)$`, 'm').exec(DOCS) ?? [];
  if (rules === undefined) throw new Error(`docs/operating.md has no line for the user ${user}`);
  return rules.replace('PASSWORD', PASSWORD).split(' ');
}

/** What both users need in a Cluster, too. */
export function rulesOfCluster(): string[] {
  const [, rules] = /^(\+cluster\|.*)$/m.exec(DOCS) ?? [];
  if (rules === undefined) throw new Error('docs/operating.md has no line for a Cluster');
  return rules.split(' ');
}

/** Makes the user as documented, and forgets what was denied so far. */
export async function admit(admin: Redis, user: string, ...more: readonly string[]): Promise<void> {
  await admin.call('ACL', 'SETUSER', user, 'reset', ...rulesOf(user), ...more);
  await admin.call('ACL', 'LOG', 'RESET');
}

/** What was denied since, but for the client's own version, which it tells where it may. */
export async function denials(admin: Redis): Promise<unknown[]> {
  const entries = (await admin.call('ACL', 'LOG')) as unknown[][];
  return entries.filter((entry) => !JSON.stringify(entry).includes('client|setinfo'));
}
