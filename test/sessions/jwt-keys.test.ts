import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Fault, IdentityProvider } from './identity-provider.js';
import { pass, verifierOf } from './verifier.js';

afterEach(() => vi.useRealTimers());

describe('the keys of the issuer', () => {
  let idp: IdentityProvider;
  beforeEach(async () => {
    idp = await IdentityProvider.start();
  });
  afterEach(() => idp.goDown());
  const asked = () => idp.asked.filter((path) => path === '/jwks').length;
  const GOOD = { sub: 'somebody-0001' };
  const unavailable = { code: 'session-unavailable' };

  test('are had once, for however many tokens at once', async () => {
    const verifier = verifierOf(idp);
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => idp.jwt(`user-number-${index}`)));
    const claims = await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(claims).toEqual(tokens.map((_, index) => expect.objectContaining({ sub: `user-number-${index}` })));
    expect(asked()).toBe(1);
  });

  test('can rotate: a new one is known after seconds, and the old one as long as it is published', async () => {
    const verifier = verifierOf(idp);
    const old = await idp.jwt('somebody-0001');
    expect(await verifier.verify(old)).toMatchObject(GOOD);
    idp.rotate('published');
    pass(6);
    expect(await verifier.verify(await idp.jwt('somebody-0001'))).toMatchObject(GOOD);
    expect(await verifier.verify(old)).toMatchObject(GOOD);
    expect(asked()).toBe(2);
  });

  test('that are withdrawn count no more, a few minutes later', async () => {
    const verifier = verifierOf(idp);
    const stolen = await idp.signed({ ...idp.claims('somebody-0001'), exp: Math.floor(Date.now() / 1000) + 86_400 });
    expect(await verifier.verify(stolen)).toMatchObject(GOOD);
    idp.rotate('withdrawn');
    pass(5 * 60 + 1);
    await expect.poll(() => verifier.verify(stolen)).toBe('unknown-key');
  });

  test('are not asked for again by each token that names one nobody knows', async () => {
    const verifier = verifierOf(idp);
    const foreign = await Promise.all(
      Array.from({ length: 50 }, (_, index) => idp.signed(idp.claims('somebody-0001'), { kid: `unknown-${index}` })),
    );
    for (const token of foreign) expect(await verifier.verify(token)).toBe('unknown-key');
    expect(asked()).toBe(1);
    pass(6);
    for (const token of foreign) expect(await verifier.verify(token)).toBe('unknown-key');
    expect(asked()).toBe(2);
  });

  test.each<[string, Fault]>(
    (['hangs', 'garbage', 'empty', 'error', 'redirect', 'cut', 'endless', 'unauthorized'] as const).map((fault) => [
      fault,
      fault,
    ]),
  )('that can not be had make nobody invalid: %s', async (_, fault) => {
    const token = await idp.jwt('somebody-0001');
    idp.misbehave(fault);
    const verifier = verifierOf(idp);
    const startedAt = performance.now();
    await expect(verifier.verify(token)).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(idp.asked).not.toContain('/elsewhere');
  });

  test('that have no end are given up long before the deadline', async () => {
    idp.misbehave('endless');
    const startedAt = performance.now();
    const verifier = verifierOf(idp, { deadlineMs: 15_000 });
    await expect(verifier.verify(await idp.jwt('somebody-0001'))).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('still serve while their issuer is down, for minutes, and then nobody is judged', async () => {
    const told: Error[] = [];
    const verifier = verifierOf(idp, { onTrouble: (trouble) => told.push(trouble) });
    const long = await idp.signed({ ...idp.claims('somebody-0001'), exp: Math.floor(Date.now() / 1000) + 86_400 });
    expect(await verifier.verify(long)).toMatchObject(GOOD);
    await idp.goDown();
    pass(14 * 60);
    expect(await verifier.verify(long)).toMatchObject(GOOD);
    await expect.poll(() => told.map(({ message }) => message)).toEqual([expect.stringContaining('ECONNREFUSED')]);
    pass(61);
    await expect(verifier.verify(long)).rejects.toMatchObject(unavailable);
    await idp.comeBack();
    await expect.poll(() => verifier.verify(long).catch(() => undefined)).toBeDefined();
  });

  test('are asked for at most once a second while that goes wrong', async () => {
    idp.misbehave('error');
    const verifier = verifierOf(idp);
    const token = await idp.jwt('somebody-0001');
    const startedAt = performance.now();
    for (let count = 0; count < 20; count++) await expect(verifier.verify(token)).rejects.toMatchObject(unavailable);
    expect(asked()).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 1000);
    while (asked() < 2) await expect(verifier.verify(token)).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });
});
