import { afterAll, expect, onTestFinished, test } from 'vitest';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import type { LedgerCommand, LedgerOperation } from '@resend/ports.js';
import { plainError } from '@telemetry/plain-error.js';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import { DEFAULT_POLICY } from '@nest/parts/defaults.js';
import { Started } from '../redis/own-servers.js';
import { keptTracing } from '../tracing/spans.js';
import { Canaries, CANARY } from './canaries.js';
import { HASH_SECRET, HEADERS, startCanaryRig } from './canary-rig.js';

const started = new Started();
afterAll(() => started.stopAll());

test('a Redis that quotes what it was sent gives nothing away', async () => {
  const server = await started.server('--rename-command', 'SET', '""');
  const { rig, canaries, heard } = await startCanaryRig({ REDIS_URL: server.url });
  onTestFinished(() => rig.close());
  const identity = canaries.add('an identity', `${CANARY}-quoted-by-redis`);
  const quoted = await server.admin.call('SET', 'key', identity).catch((error: Error) => error.message);
  const answer = await rig.ops
    .post('/internal/v1/sessions')
    .set('authorization', `Bearer ${rig.apiKey}`)
    .send({ identity, expiresInSeconds: 60 });
  expect(quoted).toContain(identity);
  expect(heard(answer)).toBe(503);
  expect(rig.logged()).toContain('unknown command');
  canaries.mustNotSing(rig.logged(), 'the log');
});

/** Throws what it has in hand, as a bug would. */
class BuggyLedger extends InProcessLedger {
  override async run<Op extends LedgerOperation>(operation: Op, identity: string, command: LedgerCommand<Op>) {
    if (operation === 'reserve') return this.reserveWith(identity, command);
    if (operation === 'look') return JSON.parse(`${identity} is no JSON`);
    return super.run(operation, identity, command);
  }

  private reserveWith(identity: string, command: object): never {
    const told = `${identity}\n    at ${identity} (${JSON.stringify(command)}) ${HASH_SECRET}`;
    throw Object.assign(new TypeError(told, { cause: new Error(told) }), { told, request: { headers: HEADERS } });
  }
}

test('a bug is logged by its place, without a message', async () => {
  const tracing: Tracing = { ...keptTracing().tracing, ledger: () => new BuggyLedger(DEFAULT_POLICY) };
  const { rig, canaries, heard, somebody } = await startCanaryRig({}, {}, tracing);
  onTestFinished(() => rig.close());
  const screen = await somebody();
  expect(heard(await screen.tap().set(HEADERS))).toBe(500);
  expect(heard(await screen.look().set(HEADERS))).toBe(500);
  await expect.poll(() => rig.logged().match(/"event":"request".*"status":500/g)).toHaveLength(2);
  expect(rig.logged()).toMatch(/"event":"unexpected","name":"TypeError","frames":\["at BuggyLedger.reserve/);
  expect(rig.logged()).toMatch(/"event":"unexpected","name":"SyntaxError"/);
  canaries.mustNotSing(rig.logged(), 'the log');
});

test('an error keeps what an operator needs', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED', port: 6379 });
  expect(plainError(new Error('Redis can not be reached', { cause: refused }))).toEqual({
    name: 'Error',
    message: 'Redis can not be reached',
    frames: expect.arrayContaining([expect.stringMatching(/^at .*quoting-errors\.test/)]),
    cause: {
      name: 'Error',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 127.0.0.1:6379',
      frames: expect.any(Array),
    },
  });
});

test('and nothing that was changed, or is no error', () => {
  const changed = new Error(`${CANARY}\n    at ${CANARY}:1:1`);
  expect(changed.stack).toContain(CANARY); // made when it is read for the first time, under vitest
  changed.message = 'another one';
  changed.name = `of ${CANARY}`;
  expect(plainError(changed)).toEqual({ name: 'Error', message: 'another one', frames: [] });
  expect(plainError(CANARY)).toEqual({ name: 'string' });
  expect(plainError({ message: CANARY })).toEqual({ name: 'object' });
});

test('an error that is its own cause, or names itself by no text, has an end', () => {
  const own = new Error('a failure');
  own.cause = own;
  expect(JSON.stringify(plainError(own)).match(/a failure/g)).toHaveLength(6);
  const odd = Object.assign(new Error('x'), { name: Symbol('x'), message: 5, stack: null, code: {} });
  expect(plainError(odd)).toEqual({ name: 'Error', message: '', frames: [] });
  expect(plainError(Object.assign(new Error('x'), { message: { toString: null } }))).toMatchObject({ message: '' });
});

test('canaries are recognised in every spelling', () => {
  const secret = `${CANARY}+of/this test`;
  const canaries = new Canaries();
  canaries.add('a secret', secret);
  const spelled = [
    `Bearer ${secret}.`,
    Buffer.from(`x:${secret}`).toString('base64'),
    Buffer.from(`xy:${secret}:z`).toString('base64url'),
    `?token=${encodeURIComponent(secret)}`,
    Buffer.from(secret).toString('hex'),
    JSON.stringify({ message: JSON.stringify({ secret }) }),
  ];
  for (const output of spelled) expect(() => canaries.mustNotSing(output, 'here')).toThrow('in here');
  canaries.mustNotSing('nothing at all', 'here');
});
