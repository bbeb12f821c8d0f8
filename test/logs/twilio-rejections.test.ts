import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { CallMetrics } from '@nest/observing/call-metrics.js';
import type { TwilioCall } from '@verify/twilio-call.js';

function logged(call: Partial<TwilioCall>): object[] {
  const lines: object[] = [];
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line) as object) });
  new CallMetrics(createMetrics(), log).twilioCalled({
    operation: 'fetchChallenge',
    code: 'ok',
    durationMs: 1.4,
    ...call,
  });
  return lines;
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
