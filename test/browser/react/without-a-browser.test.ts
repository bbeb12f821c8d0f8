/** What needs no browser: a test of a screen with the fake login, React Native's surroundings, and imports on a server. */
import { EventEmitter } from 'node:events';
import { createResend } from '@push-resend/client';
import { announcements, german, messageOf, replaced } from '@push-resend/client/messages';
import { answer, fakeLogin } from '@push-resend/client/testing';
import { expect, test } from 'vitest';
import { nativePage } from './login-app/src/native-page.js';

test('one press sends one push, and the countdown runs', async () => {
  const login = fakeLogin();
  login.looks(answer.ready());
  login.presses(answer.sent(30));
  const resend = createResend({ challengeSid: 'YC00000000000000000000000000000201', ...login.options });
  const leave = resend.subscribe(() => undefined);
  await login.advance();

  resend.press();
  resend.press();
  login.looks(answer.coolingDown(20));
  await login.advance();
  expect(login.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(resend.state).toMatchObject({ name: 'cooling-down', secondsLeft: 30 });
  await login.advance(10_000);
  expect(resend.state).toMatchObject({ name: 'cooling-down', secondsLeft: 20 });
  leave();
});

test('a press that failed is told, and told again in the same words after the next: the press empties the live region', async () => {
  const login = fakeLogin();
  login.looks(answer.ready());
  login.presses(
    answer.problem(503, 'provider-unavailable', { nextAction: 'wait', retryable: true, retryAfterSeconds: 20 }),
  );
  const resend = createResend({ challengeSid: 'YC00000000000000000000000000000201', ...login.options });
  const read = announcements(resend);
  const said: (string | null)[] = [];
  const leave = resend.subscribe(() => {
    const { announced } = read();
    const text = announced && messageOf(announced).announcement;
    if (text !== said.at(-1)) said.push(text);
  });
  for (const _press of [1, 2]) {
    await login.advance(30_000);
    resend.press();
  }
  await login.advance(30_000);
  leave();
  const isBack = 'You can send it again now.';
  const failed = 'That did not work. Please try again in a moment.';
  expect(said).toEqual([null, failed, isBack, null, failed, isBack]);
});

test('every text can be replaced', () => {
  const messages = replaced(german, { states: { ready: { label: 'Nochmal' } } });
  expect(messages.states.ready).toEqual({ ...german.states.ready, label: 'Nochmal' });
});

test('in React Native an app in the background asks nothing, and one without a network is offline', async () => {
  const events = new EventEmitter();
  const app = {
    currentState: 'active',
    addEventListener: (_type: 'change', listener: () => void) => {
      events.on('app', listener);
      return { remove: () => void events.off('app', listener) };
    },
  };
  const network = {
    addEventListener: (listener: (now: { isConnected: boolean | null }) => void) => {
      events.on('network', listener);
      return () => void events.off('network', listener);
    },
  };
  const login = fakeLogin();
  login.looks(answer.ready());
  const page = nativePage(app, network);
  const resend = createResend({ challengeSid: 'YC00000000000000000000000000000201', ...login.options, page });
  const leave = resend.subscribe(() => undefined);
  await login.advance();
  expect(resend.state.name).toBe('ready');

  app.currentState = 'background';
  events.emit('app');
  const before = login.requests.length;
  await login.advance(60_000);
  expect(login.requests).toHaveLength(before);
  app.currentState = 'active';
  events.emit('app');
  await login.advance();
  expect(login.requests).toHaveLength(before + 1);

  events.emit('network', { isConnected: false });
  expect(resend.state.name).toBe('offline');
  leave();
  expect(events.listenerCount('app') + events.listenerCount('network')).toBe(0);
});

test('on a server the element can be imported, and does nothing', async () => {
  const { PushResendButton } = await import('@push-resend/client/element');
  expect(PushResendButton.observedAttributes).toContain('challenge-sid');
});
