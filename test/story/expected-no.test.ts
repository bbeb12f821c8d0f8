import { expect, test } from 'vitest';
import { HttpProblem } from '@nest/answers/problems.js';
import { Refusal } from '@resend/refusals.js';

test('an expected "no" has no stack trace, and the next bug has one', () => {
  const limit = Error.stackTraceLimit;
  for (const no of [new Refusal('blocked'), new HttpProblem('not-found')]) {
    expect(no.stack).not.toContain('    at ');
    expect(no).toBeInstanceOf(Error);
  }
  expect(Error.stackTraceLimit).toBe(limit);
  expect(new TypeError('a bug').stack).toContain('    at ');
});

test('a refusal keeps its cause', () => {
  const cause = new Error('of it');
  expect(new Refusal('ledger-unavailable', { cause })).toMatchObject({ message: 'ledger-unavailable', cause });
});
