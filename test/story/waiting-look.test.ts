import { beforeEach, expect, test, vi } from 'vitest';
import { ResendService } from '@resend/resend.service.js';
import { by, challengeSid, deadlines, policy, session, Story } from './fakes.js';

let story: Story;
let pauses: number[];
let service: ResendService;
beforeEach(() => {
  story = new Story();
  pauses = [];
  service = new ResendService(story.ledgers, story.twilio, policy, deadlines, story.pause, {
    now: () => story.now,
    sleep: async (ms) => {
      pauses.push(ms);
      story.now += ms;
    },
  });
});

test('a look that waits for somebody else’s fetch asks the ledger seven times at most, and waits no longer than a fetch', async () => {
  const standing = await story.ledger.peek(session.identity, challengeSid);
  const look = vi.spyOn(story.ledger, 'look').mockResolvedValue({ kind: 'wait', standing });
  await expect(service.standing(session, challengeSid, by)).rejects.toMatchObject({ code: 'provider-unavailable' });
  expect(pauses).toEqual([50, 100, 200, 400, 800, 450]);
  expect(look).toHaveBeenCalledTimes(7);
});

test('a look that knows at once does not wait', async () => {
  await service.standing(session, challengeSid, by);
  await service.standing(session, challengeSid, by);
  expect(pauses).toEqual([]);
});
