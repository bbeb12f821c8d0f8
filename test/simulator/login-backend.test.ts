import twilio from 'twilio';
import twilio4 from 'twilio-4';
import twilio5 from 'twilio-5';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Rig } from './rig.js';
import { SdkPhone } from './sdk-phone.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

const majors: [name: string, sdk: typeof twilio][] = [
  ['twilio-node/4.23.0', twilio4 as unknown as typeof twilio],
  ['twilio-node/5.13.1', twilio5 as unknown as typeof twilio],
  ['twilio-node/6.3.1', twilio],
];

test.each(majors)('%s: a login backend, from registration to approval', async (name, sdk) => {
  const { apiKeySid, apiKeySecret, accountSid, serviceSid, url } = rig.running;
  const client = sdk(apiKeySid, apiKeySecret, { accountSid });
  client.verify.baseUrl = url;
  const identity = 'f5ffbe6c70a4b0e8d7a3a8b4d3d8ad15e06a4bd0a1b4f8a3bde2a6f6b1c2d3e4';
  const service = client.verify.v2.services(serviceSid);

  const { token: accessToken } = await service.accessTokens.create({ identity, factorType: 'push' });
  const invitation = { url, accountSid, serviceSid, identity, accessToken };
  const phone = new SdkPhone(invitation, () => Date.parse('2026-03-02T10:00:00Z') / 1000, sdk);
  await phone.register();
  expect(await phone.verify()).toBe('verified');

  const [factor, ...others] = await service.entities(identity).factors.list({ limit: 20 });
  expect(factor).toMatchObject({ sid: phone.factorSid, status: 'verified', factorType: 'push' });
  expect(others).toEqual([]);

  // What Twilio's own sample backend sends when it has no details: null.
  const create = {
    factorSid: factor?.sid,
    'details.message': 'Log in?',
    'details.fields': null,
    hiddenDetails: null,
    expirationDate: null,
  };
  const { challenges } = service.entities(identity);
  const { sid, status } = await challenges.create(create as unknown as Parameters<typeof challenges.create>[0]);
  expect(status).toBe('pending');
  expect((await challenges(sid).notifications.create({ ttl: 60 })).ttl).toBe(60);

  expect(await phone.pending()).toEqual([sid]);
  expect(await phone.answer(sid, 'approved')).toBe('approved');
  expect((await challenges(sid).fetch()).status).toBe('approved');
  expect(await phone.pending()).toEqual([]);

  const journal = await rig.sim<{ userAgent: string; status: number }[]>('/journal');
  expect(new Set(journal.map(({ userAgent }) => userAgent.split(' ')[0]))).toEqual(new Set([name]));
  expect(journal.filter((entry) => entry.status >= 400)).toEqual([]);
});
