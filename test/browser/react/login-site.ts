import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import express from 'express';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../support/chromium.js';
import { freePort } from '../../support/free-port.js';
import { type Rig, startRig } from '../../support/rig.js';
import { buildSite } from './built-site.js';
import { loginBackend } from './login-app/backend.js';
import { render } from './login-app/src/entry-server.js';
import type { Login } from './login-app/src/login.js';

/** The built login application and its backend on one origin; Push Resend, and the simulator behind it, on another. */
export interface LoginSite {
  readonly rig: Rig;
  readonly browser: Browser;
  readonly origin: string;
  /** Where Push Resend answers. */
  readonly api: string;
  close(): Promise<void>;
}

export async function openLoginSite(): Promise<LoginSite> {
  await using opened = new AsyncDisposableStack();
  const built = opened.adopt(await buildSite(), (site) => site.remove());
  const browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const rig = opened.adopt(await startRig({ CORS_ORIGINS: origin }), (started) => started.close());

  const api = `http://127.0.0.1:${rig.ports.public}`;
  const twilio = await rig.simulate<
    Record<'accountSid' | 'apiKeySid' | 'apiKeySecret' | 'serviceSid' | 'baseUrl', string>
  >('GET', '');
  const site = express();
  site.use(
    loginBackend({
      ...twilio,
      verifyServiceSid: twilio.serviceSid,
      twilioUrl: twilio.baseUrl,
      pushUrl: api,
      pushResendUrl: `http://127.0.0.1:${rig.ports.private}`,
      pushResendKey: rig.apiKey,
    }),
  );
  site.get('/waiting', (request, response) => {
    const challengeSid = request.session.pending?.challengeSid ?? '';
    response.send(rendered(readFileSync(join(built.folder, 'index.html'), 'utf8'), { challengeSid, pushUrl: api }));
  });
  site.use(express.static(built.folder));
  const server = createServer(site);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const all = opened.move();
  return { rig, browser, origin, api, close: () => all.disposeAsync() };
}

/** The page with the screen of this login already in it. */
function rendered(page: string, login: Login): string {
  const data = `<script type="application/json" id="login">${JSON.stringify(login)}</script>`;
  return page.replace('<div id="root"></div>', () => `${data}<div id="root">${render(login)}</div>`);
}
