import { describe, expect, test } from 'vitest';
import type { ResendState } from '@client/index.js';
import { type Catalogue, english, german, messageOf, replaced } from '@client/messages/index.js';

const state = (more: Partial<ResendState>) =>
  ({
    name: 'ready',
    canPress: false,
    secondsLeft: null,
    remaining: 2,
    nextAction: 'wait',
    justSent: false,
    ...more,
  }) as ResendState;

/** The paths of all texts. */
function paths(value: object, at = ''): string[] {
  return Object.entries(value).flatMap(([key, text]) =>
    typeof text === 'string' ? [`${at}${key}`] : paths(text as object, `${at}${key}.`),
  );
}

test('both languages have the same texts, and none is empty', () => {
  expect(paths(german)).toEqual(paths(english));
  expect(JSON.stringify([english, german])).not.toContain('""');
});

test.each([english, german])('no text has words of ours: $countdown', (catalogue: Catalogue) => {
  const texts = JSON.stringify(Object.values(catalogue));
  expect(texts.replace(/"[\w-]+":/g, '')).not.toMatch(/challenge|token|session|factor|retry|limit|server|push/i);
});

describe('a message', () => {
  test('has the same label while the countdown runs', () => {
    const at = (secondsLeft: number) => messageOf(state({ name: 'cooling-down', secondsLeft }));
    expect(at(30).label).toBe(at(29).label);
    expect(at(30).countdown).toBe('You can send it again in 30 s.');
    expect(at(300).countdown).toBe('You can send it again in 5 min.');
    expect(at(30).announcement).toBe(at(29).announcement);
  });

  test('says Sent after a press', () => {
    expect(messageOf(state({ name: 'cooling-down', justSent: true })).heading).toBe('Sent');
    expect(messageOf(state({ name: 'cooling-down', justSent: false })).heading).not.toBe('Sent');
  });

  test('knows the reason', () => {
    expect(messageOf(state({ name: 'limited', code: 'held-after-denial' })).text).toMatch(/denied/);
    expect(messageOf(state({ name: 'limited', code: 'toString' })).text).toBe(english.states.limited.text);
    // What a gateway wrote, and nobody has checked.
    const told = { toString: null } as unknown as string;
    expect(messageOf(state({ name: 'limited', code: told })).text).toBe(english.states.limited.text);
  });

  test('has a way on wherever there is one', () => {
    expect(messageOf(state({ name: 'expired', nextAction: 'start-over' }), german).action).toBe(
      'Neue Anmeldung beginnen',
    );
    expect(messageOf(state({ name: 'approved', nextAction: 'proceed' })).action).toBe('Continue');
    expect(messageOf(state({ name: 'exhausted', nextAction: 'use-other-factor' })).action).toBe(
      'Use another way to sign in',
    );
    expect(messageOf(state({ name: 'ready', nextAction: 'tap' })).action).toBeNull();
  });

  test('can be replaced in any part', () => {
    const ours = replaced(english, { states: { ready: { label: 'Once more' } }, countdown: '{time} to go' });
    expect(messageOf(state({}), ours)).toMatchObject({ label: 'Once more', text: english.states.ready.text });
    expect(messageOf(state({ name: 'limited', secondsLeft: 9 }), ours).countdown).toBe('9 s to go');
  });
});
