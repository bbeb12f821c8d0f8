import { startProxy, type TcpProxy } from '../redis/tcp-proxy.js';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type Rig, startRig } from '../support/rig.js';
import { ExpressBackend } from './express-backend.js';
import { type LoginScreen, loginScreen } from './login-screen.js';

export const SECRET = 'the-secret-of-the-login-backend';
/** Where our own pages are, and those of the one other site that the settings name. */
export const OWN = 'https://login.example.com';
export const OTHER = 'https://app.example.org';
/** What a browser of today sends from a page of our own. */
export const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

/** An Express login backend and the service, on one store of sessions. */
export interface CookieSite {
  readonly rig: Rig;
  readonly backend: ExpressBackend;
  /** Between the service and the store. */
  readonly store: TcpProxy;
  loggedIn(): Promise<LoginScreen & { readonly cookie: string }>;
  /** Another service on the same store, which reads the identity where the first does not. */
  strict(environment: Record<string, string>): Promise<Rig>;
  close(): Promise<void>;
}

export async function startCookieSite(): Promise<CookieSite> {
  const { redis, keyPrefix } = ownCorner();
  const store = await startProxy(Number(new URL(redisUrl()).port || 6379));
  const prefix = `${keyPrefix}sess:`;
  const backend = await ExpressBackend.start({ redis, prefix, secrets: [SECRET] });
  const common = {
    SESSION_STRATEGY: 'express-session',
    SESSION_STORE_PREFIX: prefix,
    REDIS_URL: redisUrl(),
  };
  const rig = await startRig({
    ...common,
    REDIS_KEY_PREFIX: keyPrefix,
    SESSION_COOKIE_SECRETS: `a-newer-secret-than-that-one,${SECRET}`,
    SESSION_STORE_REDIS_URL: `redis://127.0.0.1:${store.port}`,
    SESSION_STORE_IDENTITY_PATH: 'user.identity',
    SESSION_STORE_CHALLENGE_PATH: 'challengeSid',
    PUBLIC_URL: `${OWN}/resend`,
    CORS_ORIGINS: OTHER,
    THROTTLE_ADDRESS_PER_MINUTE: '10000',
  });
  return {
    rig,
    backend,
    store,
    loggedIn: async () => {
      const screen = await loginScreen(rig);
      return { ...screen, cookie: await backend.login({ user: { identity: screen.identity } }) };
    },
    strict: (environment) =>
      startRig({
        ...common,
        REDIS_KEY_PREFIX: `${keyPrefix}strict:`,
        SESSION_COOKIE_SECRETS: SECRET,
        ...environment,
      }),
    close: async () => {
      await rig.close();
      await backend.close();
      await store.close();
      redis.disconnect();
    },
  };
}
