import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { shortened } from '../../scripts/tour/short.ts';
import { promtool } from '../support/promtool.js';
import { RULE_FILES } from './rule-files.js';

test.each([
  ['rate(x[1h])', 'rate(x[60s])'],
  ['avg_over_time(x[1d] offset 1h)', 'avg_over_time(x[1440s] offset 60s)'],
  ['for: 2m', 'for: 2s'],
  ['interval: 30s', 'interval: 1s'],
  ['record: push_resend:presses:ratio_rate1h', 'record: push_resend:presses:ratio_rate1h'],
  ['x > 14.4 * 0.001', 'x > 14.4 * 0.001'],
])('the tour makes of %j %j', (long, short) => {
  expect(shortened(long)).toBe(short);
});

test('the shortened rules are rules', () => {
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-short-'));
  try {
    const files = RULE_FILES.map((file) => {
      const short = join(directory, basename(file));
      writeFileSync(short, shortened(readFileSync(file, 'utf8')));
      return short;
    });
    expect(promtool(['check', 'rules', ...files])).toMatchObject({ code: 0 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
