import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_REASONS } from '@resend/credential-reasons.js';
import type { SessionDirectory } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { plainError } from '@telemetry/plain-error.js';

/** A strategy, and whoever issues its credentials. */
export interface Counterpart {
  /** As of an instance that has just started: it remembers nothing. */
  directory(): SessionDirectory;
  login(identity: unknown, challengeSid?: unknown): Promise<Login>;
  /** A credential that looks like one, and that nobody was ever given. */
  stranger(): Promise<string>;
  /** Where the sessions are can not be reached; or is, and does not answer. Absent: it is this very process. */
  readonly trouble?: Trouble;
  close(): unknown;
}

export interface Trouble {
  goDown(): unknown;
  hang(): unknown;
  comeBack(): unknown;
}

export interface Login {
  readonly credential: string;
  /** Logs out, or lets the time pass. */
  end(): unknown;
}

/** A credential that opens nothing is told by one of the words that the metric knows. */
const REFUSED = expect.toBeOneOf([...SESSION_REASONS]);
const SID = `YC${'0123456789abcdef'.repeat(2)}`;
const MALFORMED = [
  '',
  ' ',
  'x',
  '.',
  '..',
  's:',
  's:.',
  'prs_',
  'a.b.c',
  '{}',
  '\0',
  '💥',
  'é'.repeat(100),
  'x'.repeat(100_000),
];

/**
 * What holds for every session strategy.
 * @param place whether sessions are elsewhere, where they can be out of reach
 */
export function sessionContract(name: string, place: 'elsewhere' | 'here', start: () => Promise<Counterpart>): void {
  describe(`sessions of ${name}`, () => {
    let counterpart: Counterpart;
    const find = (credential: string) => counterpart.directory().find(credential);
    beforeAll(async () => {
      counterpart = await start();
    });
    afterAll(() => counterpart.close());

    test('speak for the user who logged in, each time', async () => {
      const { credential } = await counterpart.login('somebody-0001');
      const directory = counterpart.directory();
      expect(await directory.find(credential)).toEqual({ identity: 'somebody-0001' });
      expect(await directory.find(credential)).toEqual({ identity: 'somebody-0001' });
    });

    test('a bound session can use only its Challenge', async () => {
      const { credential } = await counterpart.login('somebody-0001', SID);
      expect(await find(credential)).toEqual({ identity: 'somebody-0001', challengeSid: SID });
    });

    test('are not mixed up, however many are looked for at once', async () => {
      const directory = counterpart.directory();
      const users = Array.from({ length: 20 }, (_, index) => `user-number-${index}`);
      const logins = await Promise.all(users.map((user) => counterpart.login(user)));
      const found = await Promise.all(logins.map(({ credential }) => directory.find(credential)));
      expect(found).toEqual(users.map((identity) => ({ identity })));
    });

    test('of nobody are none', async () => {
      expect(await find(await counterpart.stranger())).toEqual(REFUSED);
    });

    test('an ended session is refused', async () => {
      const directory = counterpart.directory();
      const login = await counterpart.login('somebody-0001');
      expect(await directory.find(login.credential)).toEqual({ identity: 'somebody-0001' });
      await login.end();
      expect(await directory.find(login.credential)).toEqual(REFUSED);
    });

    test.each(MALFORMED.map((text) => [text.length > 20 ? `${text.length} characters` : JSON.stringify(text), text]))(
      'that are malformed are none: %s',
      async (_, credential) => {
        expect(await find(credential)).toEqual(REFUSED);
      },
    );

    test('truncated, extended or changed credentials are refused', async () => {
      const { credential } = await counterpart.login('somebody-0001');
      const middle = Math.floor(credential.length / 2);
      const other = credential[middle] === 'A' ? 'B' : 'A';
      for (const changed of [
        credential.slice(0, -2),
        credential.slice(1),
        `${credential}A`,
        credential.slice(0, middle) + other + credential.slice(middle + 1),
      ]) {
        expect(await find(changed)).toEqual(REFUSED);
      }
    });

    test.each([
      'short',
      'has blank-0001',
      '../../Services',
      'a'.repeat(65),
      'double--dash',
      42,
      -12_345_678,
      0.12345678,
      true,
      {},
    ])('of what is no identity of Twilio are none: %j', async (identity) => {
      const { credential } = await counterpart.login(identity);
      expect(await find(credential)).toBe('identity-not-twilios');
    });

    test('a numeric identity is read as its digits, if JSON keeps them exactly', async () => {
      const of = async (identity: number) => find((await counterpart.login(identity)).credential);
      expect(await of(12_345_678)).toEqual({ identity: '12345678' });
      expect(await of(Number.MAX_SAFE_INTEGER)).toEqual({ identity: '9007199254740991' });
      expect(await of(Number.MAX_SAFE_INTEGER + 1)).toBe('identity-not-twilios');
    });

    test('without an identity are none', async () => {
      const { credential } = await counterpart.login(null);
      expect(await find(credential)).toBe('no-identity');
    });

    test.each(['', 'YC123', `${SID}0`, `VA${SID.slice(2)}`, 42, false, [SID]])(
      'bound to what is no Challenge are none, not unbound: %j',
      async (challengeSid) => {
        const { credential } = await counterpart.login('somebody-0001', challengeSid);
        expect(await find(credential)).toBe('challenge-not-twilios');
      },
    );

    const troubles = place === 'elsewhere' ? (['goDown', 'hang'] as const) : [];
    test.each(troubles)('can not be judged while their place is away (%s), and can again', async (how) => {
      const { trouble } = counterpart;
      if (!trouble) throw new Error('nobody can bring this counterpart down');
      const directory = counterpart.directory();
      const { credential } = await counterpart.login('somebody-0001');
      await trouble[how]();
      try {
        const refusal = await directory.find(credential).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(Refusal);
        const { code, details } = refusal as Refusal;
        expect({ code, waitMs: details.waitMs }).toEqual({ code: 'session-unavailable', waitMs: 1000 });
        expect(details.cause).toBeInstanceOf(Error);
        const logged = JSON.stringify(plainError(details.cause));
        for (const part of [
          credential,
          ...credential.split(/[._:]/).filter((text) => text.length > 16),
          'somebody-0001',
        ])
          expect(logged).not.toContain(part);
      } finally {
        await trouble.comeBack();
      }
      await expect
        .poll(() => directory.find(credential).catch(() => 'not yet'), { timeout: 10_000 })
        .toEqual({ identity: 'somebody-0001' });
    });
  });
}
