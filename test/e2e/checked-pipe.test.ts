import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import { CheckedPipe, isAbsentOrEmpty, isOnly } from '@nest/input/checked.pipe.js';
import { ChallengeParams, ResendBody } from '@nest/public/challenges.controller.js';
import { HttpProblem } from '@nest/answers/problems.js';
import { CHALLENGE_SID } from '@resend/patterns.js';

const SID = `YC${'a1'.repeat(16)}`;
const values: unknown[] = [
  undefined,
  null,
  {},
  [],
  '',
  'YC',
  0,
  true,
  () => undefined,
  { challengeSid: SID },
  { challengeSid: `${SID}0` },
  { challengeSid: [SID] },
  { challengeSid: null },
  { challengeSid: `${SID}\n` },
  { challengeSid: SID, more: 1 },
  { ChallengeSid: SID },
  [SID],
  { ttl: 30 },
  { ttl: -1 },
  { ttl: '30' },
  { ttl: undefined },
  { ttl: 30, more: 1 },
  JSON.parse('{"constructor":1}'),
  { toString: 1 },
  Object.create(null),
  Object.create({ ttl: 'inherited' }),
];

/** What a pipe makes of a value. */
function outcome(pipe: CheckedPipe, value: unknown): unknown {
  try {
    return { ...pipe.transform(value, { type: 'body' }) };
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return error.details;
  }
}

describe.each([
  ['the path', ChallengeParams, isOnly('challengeSid', CHALLENGE_SID), 1],
  ['a body', ResendBody, isAbsentOrEmpty, 4],
] as const)('of %s', (_, checkedClass, isPlainlyValid, plain) => {
  test('input that passes the fast check is what class-validator accepts, unchanged', () => {
    const [short, long] = [new CheckedPipe(checkedClass, isPlainlyValid), new CheckedPipe(checkedClass)];
    for (const value of values) expect(outcome(short, value)).toEqual(outcome(long, value));
    expect(values.filter(isPlainlyValid)).toHaveLength(plain);
  });
});
