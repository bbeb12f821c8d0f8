/** The packed client, outside of this repository, in a Node without a browser around it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../scripts/pack/run.js';
import { stage } from '../../scripts/pack/stage.js';

let folder: string;
let packed: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'push-resend-client-'));
  packed = await stage(resolve(import.meta.dirname, '../../libs/client'), folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What a script prints that imports the package by its name. */
const played = (script: string) =>
  run(process.execPath, ['--input-type=module', '--eval', script], packed).then((output) => output.trim());

test('a server that renders a page imports it, and shows that it loads', async () => {
  const script = `import { createResend } from '@push-resend/client';
    console.log(createResend({ challengeSid: 'YC1' }).state.name);`;
  expect(await played(script)).toBe('loading');
});

test('a screen is tested with it as the README says', async () => {
  const script = `import { createResend } from '@push-resend/client';
    import { german, messageOf } from '@push-resend/client/messages';
    import { answer, fakeLogin } from '@push-resend/client/testing';
    const login = fakeLogin();
    const resend = createResend({ challengeSid: 'YC1', ...login.options });
    resend.subscribe(() => {});
    await login.advance();
    login.looks(answer.coolingDown(30));
    login.presses(answer.lost(), answer.sent(30));
    resend.press();
    await login.advance(1000);
    console.log(resend.state.name, resend.state.secondsLeft, messageOf(resend.state, german).heading);`;
  expect(await played(script)).toBe('cooling-down 30 Gesendet');
});

test('the React entry is a client module, for servers that render components', () => {
  expect(readFileSync(join(packed, 'dist/react-hook/index.js'), 'utf8')).toMatch(/^'use client';/);
});

test('the core and its vectors are in it', async () => {
  const script = `import { INITIAL, transition, view } from '@push-resend/client/core';
    import presses from '@push-resend/client/vectors/presses.json' with { type: 'json' };
    let model = INITIAL;
    for (const { event, state } of presses[0].steps) {
      model = transition(model, event).model;
      if (view(model, event.at).name !== state.name) throw new Error(state.name);
    }
    console.log(presses.length > 10);`;
  expect(await played(script)).toBe('true');
  expect(existsSync(join(packed, 'vectors/README.md'))).toBe(true);
});
