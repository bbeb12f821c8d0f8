import { createHash, timingSafeEqual } from 'node:crypto';
import { isISO8601, isRFC3339 } from 'class-validator';
import { ReloadedFiles } from '@files/reloaded-files.js';
import { textOfFile, UnusableFile } from '@files/text-file.js';
import type { ConsumerReason } from '@resend/credential-reasons.js';
import { PushResendOptionsError } from '../options.js';
import { SCOPES, type Scope } from './scopes.js';

/** One record of INTERNAL_API_KEYS_FILE. `expiresAt` is RFC 3339. */
export interface ApiKey {
  readonly id: string;
  readonly secretSha256: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: string;
}

/** `prk_<id>_<secret>`: the id as in the record, the secret 256 bits in base64url. */
const API_KEY = /^prk_([a-z0-9-]{1,64})_([A-Za-z0-9_-]{43})$/;
const ID = /^[a-z0-9-]{1,64}$/;

/** The keys of INTERNAL_API_KEYS_FILE, read again when the file changes: rotation needs no restart. */
export class ApiKeys {
  private readonly keys: ReloadedFiles<ReadonlyMap<string, ApiKey>>;

  /**
   * @param file without it, no key is accepted
   * @param onUnreadable called when a changed file is invalid; the previous keys stay valid
   * @param now epoch milliseconds, compared with `expiresAt`
   * @param elapsed monotonic milliseconds: a removed key must not stay valid because the wall clock was set back
   * @throws PushResendOptionsError when the file is invalid at the start
   */
  constructor(
    file: string | undefined,
    onUnreadable: (error: unknown) => void,
    private readonly now: () => number = Date.now,
    elapsed: () => number = () => performance.now(),
  ) {
    const read = () => (file === undefined ? new Map<string, ApiKey>() : keysIn(file));
    const files = file === undefined ? [] : [file];
    this.keys = new ReloadedFiles(files, read(), { read, onUnusable: onUnreadable, elapsed });
  }

  /** @returns the key's record, or why the key is refused: `malformed` if it is none */
  find(credential: string): ApiKey | ConsumerReason {
    const [, id, secret = ''] = API_KEY.exec(credential) ?? [];
    if (id === undefined) return 'malformed';
    const key = this.keys.current().get(id);
    if (!key) return 'unknown-api-key';
    const given = createHash('sha256').update(secret).digest();
    if (!timingSafeEqual(given, Buffer.from(key.secretSha256, 'hex'))) return 'wrong-secret';
    return key.expiresAt !== undefined && Date.parse(key.expiresAt) <= this.now() ? 'expired' : key;
  }
}

function keysIn(file: string): ReadonlyMap<string, ApiKey> {
  const records = jsonOf(orUnusable(() => textOfFile(file)));
  if (!Array.isArray(records) || !records.every(isApiKey)) {
    throw unusable(
      'must be a JSON array of records as npm run api-key prints them: {id, secretSha256, scopes, expiresAt?}, and no more; expiresAt as RFC 3339, such as 2027-01-31T00:00:00Z',
    );
  }
  const keys = new Map(records.map((key) => [key.id, key]));
  if (keys.size < records.length) throw unusable('each id must be unique');
  return keys;
}

function unusable(why: string): PushResendOptionsError {
  return new PushResendOptionsError([`consumers.apiKeysFile (INTERNAL_API_KEYS_FILE): ${why}`]);
}

function orUnusable(read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw error instanceof UnusableFile ? unusable(error.message) : error;
  }
}

/** The parser's error is dropped: its message may quote the file. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isApiKey(record: unknown): record is ApiKey {
  const { id, secretSha256, scopes, expiresAt, ...more } = (record ?? {}) as Partial<Record<keyof ApiKey, unknown>>;
  return (
    Object.keys(more).length === 0 &&
    typeof id === 'string' &&
    ID.test(id) &&
    typeof secretSha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(secretSha256) &&
    Array.isArray(scopes) &&
    scopes.every((scope) => SCOPES.includes(scope)) &&
    (expiresAt === undefined || isInstant(expiresAt))
  );
}

/** RFC 3339, on a day and at a second that exist: `Date.parse` alone takes much more, and not the same everywhere. */
function isInstant(value: unknown): value is string {
  return isRFC3339(value) && isISO8601(value, { strict: true }) && !Number.isNaN(Date.parse(value as string));
}
