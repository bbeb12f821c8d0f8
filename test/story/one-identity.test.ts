import { expect, test } from 'vitest';
import { by, challengeSid, refusal, Story } from './fakes.js';

test('a user whose identity has the form of a SID is one user, in whatever case of letters a webhook names it', async () => {
  const identity = `YE${'0A'.repeat(16)}`;
  const story = new Story();
  const session = { identity };
  await story.service.resend({ session, challengeSid, by });
  const { ended } = await story.service.answered(identity.toLowerCase(), challengeSid, 'denied', by);
  expect(ended).toEqual({ status: 'denied', resends: 1, sinceLastMs: 0 });
  const other = `YC${'c'.repeat(32)}`;
  expect((await refusal(story.service.resend({ session, challengeSid: other, by }))).code).toBe('held-after-denial');
});
