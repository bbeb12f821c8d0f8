import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultKind, faultKinds } from '../../apps/simulator/src/fault-kinds.js';
import { type Rig, startRig } from '../support/rig.js';

/** Words of Twilio's own, and of the pages that stand in front of it. */
const RAW_TEXTS = [
  'Authenticate',
  'Too many requests',
  'Push notifications limit reached',
  'Internal Server Error',
  'Invalid parameter',
  'twilio.com/docs',
  '<html',
];

let rig: Rig;
/** What must appear nowhere, by what it is. */
let secrets: Record<string, string>;
/** Every answer, head and body. */
const answers: string[] = [];

beforeAll(async () => {
  rig = await startRig({
    TWILIO_FETCH_DEADLINE_MS: '150',
    TWILIO_CREATE_DEADLINE_MS: '150',
    TWILIO_BREAKER_FAILURES: '20',
    TWILIO_BREAKER_OPEN_MS: '100',
    THROTTLE_ADDRESS_PER_MINUTE: '10000',
  });
  const twilio = await rig.simulate<Record<string, string>>('GET', '');
  const given = ['accountSid', 'authToken', 'apiKeySid', 'apiKeySecret', 'serviceSid'].map((name) => {
    const value = twilio[name];
    if (value === undefined) throw new Error(`the simulator does not tell its ${name}`);
    return [name, value] as const;
  });
  const basic = Buffer.from(`${twilio['apiKeySid']}:${twilio['apiKeySecret']}`).toString('base64');
  secrets = { ...Object.fromEntries(given), basic, apiKey: rig.apiKey };
});
afterAll(() => rig.close());

const impossible = new Set(['createNotification unknown-status']); // a Notification has no status
const faults = (['fetchChallenge', 'createNotification'] as const)
  .flatMap((operation) => (Object.keys(faultKinds) as FaultKind[]).map((kind) => [operation, kind] as const))
  .filter(([operation, kind]) => !impossible.has(`${operation} ${kind}`));

test.each(faults)('%s, %s: no answer gives anything away', async (operation, kind) => {
  const screen = await rig.login();
  secrets[`identity for ${operation} ${kind}`] = screen.identity;
  secrets[`token for ${operation} ${kind}`] = screen.token;
  const start = answers.length;
  const keep = ({ status, headers, text }: { status: number; headers: object; text: string }) => {
    expect(status).not.toBe(500);
    answers.push(`${status} ${JSON.stringify(headers)} ${text}`);
  };
  await rig.simulate('POST', '/faults', {
    operation,
    kind,
    times: 10,
    ...(kind === 'endless-body' && { delayMs: 1000 }),
  });
  keep(await screen.look());
  keep(await screen.tap({ key: 'press-0001' }));
  await rig.simulate('DELETE', '/faults');
  keep(await screen.tap({ key: 'press-0001' }));
  keep(await screen.look());
  mustBeSilent(answers.slice(start).join('\n'));
});

test('nor does the log, and it names no Notification, and a Challenge only as what was done to it', () => {
  expect(rig.logged().split('\n').length).toBeGreaterThan(4 * faults.length);
  mustBeSilent(rig.logged());
  const withoutAudit = rig
    .logged()
    .replaceAll(/^.*"event":"audit".*$/gm, (line) => line.replace(/"challengeSid":"YC[0-9a-f]{32}"/, ''));
  expect(withoutAudit).not.toMatch(/(YC|NT)[0-9a-f]{32}/);
});

test('nor do the metrics', async () => {
  const { text } = await rig.ops.get('/metrics').expect(200);
  mustBeSilent(text);
  expect(text).not.toMatch(/(YC|NT)[0-9a-f]{32}/);
});

function mustBeSilent(output: string): void {
  for (const [what, secret] of Object.entries(secrets)) {
    if (output.includes(secret)) throw new Error(`${what} in: ${output.slice(0, 2000)}`);
  }
  for (const text of RAW_TEXTS) expect(output).not.toContain(text);
  expect(output).not.toMatch(/(AC|VA|SK|YE|YF)[0-9a-f]{32}/);
}
