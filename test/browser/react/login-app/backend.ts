/** A login backend: it checks the password, asks for the push, and is the only one who logs a user in. */
import express from 'express';
import session from 'express-session';
import twilio from 'twilio';

declare module 'express-session' {
  interface SessionData {
    /** The login that waits for the phone. */
    pending: { readonly identity: string; readonly challengeSid: string };
    loggedInAs: string;
  }
}

export interface BackendSettings {
  readonly accountSid: string;
  readonly apiKeySid: string;
  readonly apiKeySecret: string;
  readonly verifyServiceSid: string;
  /** Another address of Twilio's API, for tests. */
  readonly twilioUrl?: string;
  /** The public address of Push Resend, for the screen. */
  readonly pushUrl: string;
  /** The private port of Push Resend, and an API key with the scope `sessions:write`. */
  readonly pushResendUrl: string;
  readonly pushResendKey: string;
}

export function loginBackend(settings: BackendSettings): express.Express {
  const { accountSid, apiKeySid, apiKeySecret, verifyServiceSid, pushUrl, pushResendUrl, pushResendKey } = settings;
  const client = twilio(apiKeySid, apiKeySecret, { accountSid });
  if (settings.twilioUrl !== undefined) client.verify.baseUrl = settings.twilioUrl;
  const verify = client.verify.v2.services(verifyServiceSid);

  const app = express();
  app.use(express.json());
  app.use(session({ secret: 'only for tests', resave: false, saveUninitialized: false }));

  app.post('/login', async (request, response) => {
    const identity = identityOf(request.body); // after the check of the password
    const [factor] = await verify.entities(identity).factors.list({ limit: 1 });
    if (factor === undefined) return void response.sendStatus(401);
    const { sid: challengeSid } = await verify.entities(identity).challenges.create({
      factorSid: factor.sid,
      'details.message': 'Log in?',
    });
    request.session.pending = { identity, challengeSid };
    response.json({ challengeSid, pushUrl });
  });

  app.post('/login/push-token', async (request, response) => {
    const { pending } = request.session;
    if (pending === undefined) return void response.sendStatus(401);
    const registered = await fetch(`${pushResendUrl}/internal/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pushResendKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...pending, expiresInSeconds: 600 }),
    });
    if (!registered.ok) throw new Error(`Push Resend registers no session: ${registered.status}`);
    const { token } = (await registered.json()) as { token: string };
    response.json({ token });
  });

  app.post('/login/complete', async (request, response) => {
    const { pending } = request.session;
    if (pending === undefined) return void response.sendStatus(401);
    const challenge = await verify.entities(pending.identity).challenges(pending.challengeSid).fetch();
    if (challenge.status !== 'approved') return void response.sendStatus(403);
    request.session.regenerate(() => {
      request.session.loggedInAs = pending.identity;
      response.json({ loggedInAs: pending.identity });
    });
  });

  return app;
}

/** Stands in for the check of name and password. */
function identityOf(body: unknown): string {
  return (body as { user: string }).user;
}
