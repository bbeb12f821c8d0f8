/** Credentials for Twilio, from the settings to the simulator and back to the log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readSettings } from '@settings/read-settings.js';
import { warnOfRegion } from '../../apps/resend/src/wiring/twilio-start.js';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { type Rig, startRig } from '../support/rig.js';
import { silentServer } from '../verify/servers.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
const secretFile = join(directory, 'secret');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const REJECTED = /^push_resend_twilio_rejects_credentials 1$/m;

describe('the check at the start', () => {
  test('says that Twilio rejects the API key, as an error and in a metric, and the service has started', async () => {
    const rig = await startRig({ TWILIO_START_CHECK: 'true', TWILIO_API_KEY_SECRET: 'a wrong secret' });
    try {
      await expect.poll(rig.logged).toMatch(/"level":"error".*"event":"twilio.checked","code":"20003"/);
      expect((await rig.ops.get('/metrics')).text).toMatch(REJECTED);
      await rig.ops.get('/readyz').expect(200);
      const journal = await rig.simulate<{ method: string; path: string }[]>('GET', '/journal');
      const { serviceSid } = demoCredentials;
      expect(journal.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET /v2/Services/${serviceSid}`]);
    } finally {
      await rig.close();
    }
  });

  test('says that Twilio does not know the Verify Service', async () => {
    const rig = await startRig({ TWILIO_START_CHECK: 'true', TWILIO_VERIFY_SERVICE_SID: `VA${'9'.repeat(32)}` });
    await expect.poll(rig.logged).toMatch(/"level":"error".*"code":"20404".*Verify Service/);
    await rig.close();
  });

  test('is content with an API key that Twilio accepts', async () => {
    const rig = await startRig({ TWILIO_START_CHECK: 'true' });
    await expect.poll(rig.logged).toContain('Twilio accepts the credentials');
    expect((await rig.ops.get('/metrics')).text).not.toMatch(REJECTED);
    await rig.close();
  });

  test('does not delay the start: Twilio never answers', async () => {
    const { port } = await silentServer(() => {});
    const rig = await startRig({ TWILIO_START_CHECK: 'true', TWILIO_BASE_URL: `http://127.0.0.1:${port}` });
    expect(rig.logged()).not.toContain('twilio.checked');
    await rig.close();
    expect(rig.logged()).toMatch(/"level":"warn".*"event":"twilio.checked","code":"timeout"/);
  });
});

describe('an API key that is changed while the service runs', () => {
  let rig: Rig;
  beforeAll(async () => {
    writeFileSync(secretFile, demoCredentials.apiKeySecret);
    rig = await startRig({ TWILIO_API_KEY_SECRET: '', TWILIO_API_KEY_SECRET_FILE: secretFile });
  });
  afterAll(() => rig.close());
  const principals = async () => {
    const journal = await rig.simulate<{ operation: string | null; status: number }[]>('GET', '/journal');
    return journal.map(({ operation, status }) => `${operation} ${status}`);
  };

  test('for one that is no key yet costs no press: the fetch is made again with the old one, the create is sent once', async () => {
    await (await rig.login()).tap().expect(201);
    writeFileSync(secretFile, 'half of the next secr');
    await vi.waitFor(
      async () => {
        await (await rig.login()).tap().expect(201);
        expect(await principals()).toContain('fetchChallenge 401');
      },
      { timeout: 5000, interval: 100 },
    );
    const seen = await principals();
    expect(seen.filter((one) => one === 'fetchChallenge 401')).toHaveLength(1);
    expect(seen.filter((one) => one === 'createNotification 401')).toEqual([]);
  });
});

describe('TWILIO_REGION and TWILIO_EDGE', () => {
  const warned = (environment: Record<string, string>): string[] => {
    const lines: string[] = [];
    const { accountSid, apiKeySid, apiKeySecret, serviceSid } = demoCredentials;
    const settings = readSettings({
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_API_KEY_SID: apiKeySid,
      TWILIO_API_KEY_SECRET: apiKeySecret,
      TWILIO_VERIFY_SERVICE_SID: serviceSid,
      ...environment,
    });
    warnOfRegion(settings, pino({}, { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) }));
    return lines;
  };

  test.each<[Record<string, string>, RegExp[]]>([
    [{}, []],
    [{ TWILIO_REGION: 'us1' }, []],
    [{ TWILIO_REGION: 'ie1' }, [/TWILIO_REGION is not used: .*us1 only/]],
    [{ TWILIO_EDGE: 'dublin' }, [/TWILIO_EDGE is not used/]],
    [{ TWILIO_REGION: 'au1', TWILIO_EDGE: 'sydney' }, [/TWILIO_REGION/, /TWILIO_EDGE/]],
  ])('%j warn where they have no effect', (environment, expected) => {
    expect(warned(environment)).toEqual(expected.map((one) => expect.stringMatching(one)));
  });
});
