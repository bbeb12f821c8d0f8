import { inspect } from 'node:util';
import { expect, it, vi } from 'vitest';
import { TWILIO_CALL_CODES } from '@verify/twilio-call.js';
import { httpServer, refusingPort, tcpServer } from './servers.js';
import {
  CHALLENGE,
  credentials,
  IDENTITY,
  impatient,
  notification,
  respond,
  rigAt,
  twilioError,
} from './verify-fixtures.js';

const { accountSid, username, password, serviceSid } = credentials;
const basic = Buffer.from(`${username}:${password}`).toString('base64');
const secrets = [password, username, basic, accountSid, serviceSid, IDENTITY, CHALLENGE];

const echo = (status: number) => () =>
  httpServer(({ headers, path }, response) =>
    respond(response, status, twilioError(status, status * 100 + 7, `${headers.authorization} ${path}`)),
  );

it.each<[string, () => Promise<{ baseUrl: string }>]>([
  ['a refusal that echoes the request', echo(400)],
  ['a rejection that echoes the request', echo(401)],
  ['a failure that echoes the request', echo(500)],
  ['a success', () => httpServer((_, response) => respond(response, 201, notification))],
  ['a body that is no JSON', () => httpServer(({ path }, response) => respond(response, 201, `<html>${path}</html>`))],
  ['a reset', () => tcpServer((socket) => void socket.resetAndDestroy())],
  ['no reply', () => tcpServer(() => {})],
  ['a refused connection', async () => ({ baseUrl: await refusingPort() })],
])('%s gives nothing away', async (_, twilio) => {
  const printed = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
  const rig = rigAt((await twilio()).baseUrl, impatient);
  const answers = [await rig.fetch(), await rig.create()];
  expect(rig.calls.length).toBeGreaterThanOrEqual(2);
  const shown = inspect([answers, rig.calls, rig.gateway], { depth: null, showHidden: true });
  for (const secret of secrets) expect(shown).not.toContain(secret);
  for (const { code } of rig.calls) expect(TWILIO_CALL_CODES).toContain(code);
  for (const spy of printed) expect(spy).not.toHaveBeenCalled();
});

it.each([
  ['..', CHALLENGE],
  ['short', CHALLENGE],
  ['user-7c9e6679f74b/..', CHALLENGE],
  ['user-7c9e6679f74b#', CHALLENGE],
  ['user-7c9e6679f74b%2e', CHALLENGE],
  ['user--7c9e6679f74b', CHALLENGE],
  ['-user7c9e6679f74b', CHALLENGE],
  ['user-7c9e6679f74b\n', CHALLENGE],
  ['u'.repeat(65), CHALLENGE],
  ['', CHALLENGE],
  [IDENTITY, `${CHALLENGE}#`],
  [IDENTITY, `${CHALLENGE}/`],
  [IDENTITY, CHALLENGE.slice(0, -1)],
  [IDENTITY, `YF${'a1'.repeat(16)}`],
  [IDENTITY, ''],
])('identity %j with Challenge %j never reaches Twilio, and the error does not repeat them', async (identity, sid) => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const { gateway } = rigAt(twilio.baseUrl);
  const calls = [
    () => gateway.fetchChallenge(identity, sid),
    () => gateway.createNotification(identity, sid, { ttlSeconds: 0, sendBefore: performance.now() + 1_000 }),
  ];
  for (const call of calls) {
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error)).toMatch(/^Error: not an? (identity|Challenge)/);
    for (const secret of secrets) expect(inspect(error)).not.toContain(secret);
  }
  expect(twilio.requests).toHaveLength(0);
});

it('a Service SID that is none is refused at the start', () => {
  expect(() => rigAt('http://127.0.0.1:1', { serviceSid: 'VA..' })).toThrow('not a Verify Service SID');
});
