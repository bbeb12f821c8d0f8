/** One press of the button, through the client and a scripted service. */
import { describe, expect, test } from 'vitest';
import { createResend } from '@client/index.js';
import { answer, fakeLogin } from '@client/testing/index.js';

const challengeSid = 'YC00000000000000000000000000000201';

async function openScreen(login = fakeLogin()) {
  const resend = createResend({ challengeSid, ...login.options });
  const leave = resend.subscribe(() => {});
  await login.advance();
  const presses = () => login.requests.filter(({ method }) => method === 'POST');
  return { login, resend, leave, presses, shown: () => resend.state.name };
}

describe('a press', () => {
  test('sends one push, and counts down to the next', async () => {
    const { login, resend, presses } = await openScreen();
    expect(resend.state).toMatchObject({ name: 'ready', canPress: true, remaining: 2 });
    resend.press();
    expect(resend.state).toMatchObject({ name: 'sending', canPress: false });
    login.looks(answer.coolingDown(58));
    await login.advance();
    expect(resend.state).toMatchObject({
      name: 'cooling-down',
      secondsLeft: 60,
      justSent: true,
      nextAction: 'open-app',
    });
    expect(presses()).toHaveLength(1);
    await login.advance(1500);
    expect(resend.state.secondsLeft).toBe(59);
  });

  test('twice at once is one', async () => {
    const { login, resend, presses } = await openScreen();
    resend.press();
    resend.press();
    await login.advance();
    resend.press();
    await login.advance();
    expect(presses()).toHaveLength(1);
  });
});
