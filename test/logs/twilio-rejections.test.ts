import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { CallMetrics } from '@nest/observing/call-metrics.js';
import type { TwilioCall } from '@verify/twilio-call.js';

const metrics = createMetrics();
const lines: object[] = [];
const log = pino({}, { write: (line) => lines.push(JSON.parse(line) as object) });
const calls = new CallMetrics(metrics, log);

function logged(call: Partial<TwilioCall>): object[] {
  lines.length = 0;
  calls.twilioCalled({ operation: 'fetchChallenge', code: 'ok', durationMs: 1.4, ...call });
  return [...lines];
}

/** What is logged of a check at the start, and whether the metric then says that Twilio rejects us. */
async function checked(call: Partial<TwilioCall>): Promise<{ level?: string; msg?: string; rejects?: number }> {
  lines.length = 0;
  calls.accessChecked({ code: 'ok', durationMs: 1.4, ...call });
  const { level = 0, msg } = lines[0] as { level?: number; msg: string };
  return { level: pino.levels.labels[level] ?? '', msg, rejects: await rejects() };
}

async function rejects(): Promise<number> {
  const [line = ''] = /^push_resend_twilio_rejects_credentials .*$/m.exec(await metrics.registry.metrics()) ?? [];
  return Number(line.split(' ')[1]);
}

test('credentials that Twilio rejects are an error that says what to check', () => {
  expect(logged({ code: 'no-code', detail: 'http-401', isRejected: true })).toMatchObject([
    {
      level: pino.levels.values['error'],
      event: 'twilio.call',
      operation: 'fetchChallenge',
      code: 'no-code',
      detail: 'http-401',
      durationMs: 1,
      msg: expect.stringMatching(/rejects .* TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET/),
    },
  ]);
});

test('any other failed call to Twilio is a warning', () => {
  expect(logged({ code: 'timeout' })).toMatchObject([{ level: pino.levels.values['warn'], event: 'twilio.call' }]);
});

test('a call that succeeds is not logged', () => {
  expect(logged({})).toEqual([]);
});

test('a metric says whether Twilio rejects us, until a call succeeds', async () => {
  expect(await rejects()).toBe(0);
  logged({ code: '20003', isRejected: true });
  expect(await rejects()).toBe(1);
  logged({ code: 'timeout' });
  expect(await rejects()).toBe(1);
  logged({});
  expect(await rejects()).toBe(0);
});

test.each<[string, Partial<TwilioCall>, { level: string; msg: RegExp; rejects: number }]>([
  ['accepts us', {}, { level: 'info', msg: /accepts the credentials/, rejects: 0 }],
  [
    'rejects the API key',
    { code: '20003', isRejected: true },
    { level: 'error', msg: /TWILIO_API_KEY_SID/, rejects: 1 },
  ],
  [
    'gives the OAuth app no token',
    { code: 'token-rejected', isRejected: true },
    { level: 'error', msg: /TWILIO_OAUTH_CLIENT_ID/, rejects: 1 },
  ],
  [
    'does not know the Verify Service',
    { code: '20404', isRejected: true },
    { level: 'error', msg: /TWILIO_VERIFY_SERVICE_SID/, rejects: 1 },
  ],
  [
    'lets the API key do less than the check needs',
    { code: '70051', isRejected: true },
    { level: 'warn', msg: /lack permission to fetch the Verify Service/, rejects: 0 },
  ],
  ['can not be reached', { code: 'timeout' }, { level: 'warn', msg: /could not check whether/, rejects: 0 }],
])('the check at the start says that Twilio %s', async (_, call, { msg, ...said }) => {
  logged({});
  expect(await checked(call)).toMatchObject({ ...said, msg: expect.stringMatching(msg) });
});
