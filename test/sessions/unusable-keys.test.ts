import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startRig } from '../support/rig.js';
import { AUDIENCE, IdentityProvider } from './identity-provider.js';
import { loginScreen } from './login-screen.js';
import { refusalOf } from './refusal-of.js';
import { pass, verifierOf } from './verifier.js';

describe('keys of the issuer that can not be used', () => {
  let idp: IdentityProvider;
  beforeAll(async () => {
    idp = await IdentityProvider.start();
  });
  afterEach(() => vi.useRealTimers());
  afterAll(() => idp.goDown());
  const { n = '', ...rsa } = publicKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
  const ec = publicKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  const { x = '', ...ed } = publicKeyOf(generateKeyPairSync('ed25519').publicKey);
  const bits = (modulusLength: number) => publicKeyOf(generateKeyPairSync('rsa', { modulusLength }).publicKey);
  const twoKeys = [{ ...rsa, n }, null, { kid: 'bad' }];

  test.each<[string, string, unknown[]]>([
    ['RS256', 'has no n', [rsa]],
    ['RS256', 'has an n that is no number', [{ ...rsa, n: '💥' }]],
    ['RS256', 'has no e', [{ ...rsa, n, e: undefined }]],
    ['RS256', 'has the exponent 1, with which everybody can sign', [{ ...rsa, n, e: 'AQ' }]],
    ['RS256', 'has 512 bits', [bits(512)]],
    ['RS256', 'has 1024 bits', [bits(1024)]],
    [
      'RS256',
      'has more bits than can be computed with',
      [{ ...rsa, n: Buffer.alloc(4096, 255).toString('base64url') }],
    ],
    ['RS256', 'is for encryption', [{ ...rsa, n, use: 'enc' }]],
    ['RS256', 'is for wrapping keys', [{ ...rsa, n, key_ops: ['wrapKey'] }]],
    ['RS256', 'has operations that are none', [{ ...rsa, n, key_ops: 'verify' }]],
    ['RS256', 'is published with its private half', [{ ...rsa, n, d: n }]],
    ['RS256', 'is of another type', [{ ...ec }, { ...ed, x }, { kty: 'oct', k: n }, { kty: 'AKP', pub: n }, {}]],
    ['RS256', 'is for another algorithm', [{ ...rsa, n, alg: 'RSA-OAEP' }]],
    ['ES256', 'is on another curve', [publicKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)]],
    ['ES256', 'says another curve', [{ ...ec, crv: 'P-384' }]],
    ['ES256', 'says no curve', [{ ...ec, crv: undefined }]],
    ['ES256', 'is no point of its curve', [{ ...ec, y: ec.x }]],
    ['ES256', 'has half an x', [{ ...ec, x: (ec.x ?? '').slice(0, 20) }]],
    ['EdDSA', 'has a short x', [{ ...ed, x: x.slice(1) }]],
    ['EdDSA', 'is for exchanging keys', [publicKeyOf(generateKeyPairSync('x25519').publicKey)]],
    ['RS256', 'is no object', [null, 'key', 1, ['kty'], true]],
  ])('unusable keys are refused, and good ones beside them still work: %s, %s', async (alg, _, keys) => {
    const told: number[] = [];
    const verifier = verifierOf(idp, {
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      onUnusableKeys: (count) => told.push(count),
    });
    const bad = keys.map((key) => (typeof key === 'object' && key !== null ? { ...key, kid: 'bad' } : key));
    idp.misbehave({ keys: [...bad, publicKeyOf(createPublicKey({ key: idp.key, format: 'jwk' }), idp.key.kid)] });
    expect(await verifier.verify(unsigned({ alg, typ: 'at+jwt', kid: 'bad' }, idp))).toBe('unknown-key');
    expect(await verifier.verify(await idp.jwt('somebody-0001'))).toMatchObject({ sub: 'somebody-0001' });
    expect(told.length).toBeLessThanOrEqual(1);
  });

  test('are counted once, and again when there are none any more', async () => {
    const told: number[] = [];
    const verifier = verifierOf(idp, { onUnusableKeys: (count) => told.push(count) });
    for (const keys of [twoKeys.slice(0, 1), [...twoKeys, rsa, ed], [rsa, ed], [{ ...ec, use: 'enc' }]]) {
      idp.misbehave({ keys });
      expect(await verifier.verify(unsigned({ alg: 'RS256', typ: 'at+jwt', kid: 'bad' }, idp))).toBe('unknown-key');
      pass(6);
    }
    expect(told).toEqual([2, 0]);
  });

  test('never are an error, whatever is in them', async () => {
    const junk = fc.oneof(
      fc.constantFrom(undefined, null, 1, '', 'AQAB', n, x, 'sig', 'verify', ['verify']),
      fc.string(),
    );
    const member = fc.constantFrom('kty', 'n', 'e', 'crv', 'x', 'y', 'd', 'use', 'key_ops', 'ext', 'alg', 'kid', 'oth');
    const changes = fc.array(fc.tuple(member, junk), { maxLength: 3 });
    const tokens = ['RS256', 'PS256', 'ES256', 'EdDSA'].map((alg) => unsigned({ alg, typ: 'at+jwt' }, idp));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<JWK>({ ...rsa, n }, ec, { ...ed, x }), changes, async (key, changed) => {
        idp.misbehave({ keys: [{ ...key, ...Object.fromEntries(changed) }] });
        const verifier = verifierOf(idp, { algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'] });
        for (const token of tokens) expect(await verifier.verify(token)).toMatch(/^(unknown-key|bad-signature)$/);
      }),
      { numRuns: 200 },
    );
  });

  test('give a screen 401, not 503, and the operator the reason', async () => {
    const weak = { ...publicKeyOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), kid: 'weak' };
    idp.misbehave({ keys: [weak, publicKeyOf(createPublicKey({ key: idp.key, format: 'jwk' }), idp.key.kid)] });
    const rig = await startRig({
      SESSION_STRATEGY: 'jwt',
      SESSION_JWT_JWKS_URL: idp.jwksUrl,
      SESSION_JWT_ISSUER: idp.issuer,
      SESSION_JWT_AUDIENCE: AUDIENCE,
    });
    try {
      const { look, identity } = await loginScreen(rig);
      const bad = unsigned({ alg: 'RS256', typ: 'at+jwt', kid: 'weak' }, idp);
      const refused = { status: 401, reason: 'unknown-key', counted: 'unknown-key' };
      expect(await refusalOf(rig, look({ authorization: `Bearer ${bad}` }))).toEqual(refused);
      await look({ authorization: `Bearer ${await idp.jwt(identity)}` }).expect(200);
      expect(rig.logged()).toContain('"event":"jwks.unusable"');
    } finally {
      await rig.close();
    }
  });
});

function publicKeyOf(key: KeyObject, kid?: string): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), ...(kid !== undefined && { kid }) };
}

/** A token with a signature of nothing. */
function unsigned(header: object, idp: IdentityProvider): string {
  const parts = [header, idp.claims('somebody-0001')].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${parts.join('.')}.${Buffer.alloc(64).toString('base64url')}`;
}
