import { createResend, type ResendOptions } from '@client/index.js';
import { FakeLogin, fakeLogin } from '@client/testing/index.js';

export const challengeSid = 'YC00000000000000000000000000000201';

/** A screen that has its first answer. */
export async function openScreen(login: FakeLogin = fakeLogin(), options: Partial<ResendOptions> = {}) {
  const resend = createResend({ challengeSid, ...login.options, ...options });
  const states: string[] = [];
  const leave = resend.subscribe(() => void states.push(resend.state.name));
  await login.advance();
  return {
    login,
    resend,
    leave,
    /** Every state that the screen was told of, in order. */
    states,
    presses: () => login.requests.filter(({ method }) => method === 'POST'),
    looks: () => login.requests.filter(({ method, url }) => method === 'GET' && !url.endsWith('/events')),
  };
}
