import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { validateSync } from 'class-validator';
import { parseUserLimits } from './user-limits.js';
import { SECRETS, Settings } from './settings.js';

/** Says every variable that is wrong and why, and no value: a value may be a secret. */
export class SettingsError extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(`The settings are not usable:\n${complaints.map((complaint) => `  ${complaint}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** @throws SettingsError naming every bad variable at once */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = new Settings();
  const complaints: string[] = [];
  for (const name of Object.keys(settings) as (keyof Settings)[]) {
    try {
      const text = given(environment, name);
      if (text !== undefined) Object.assign(settings, { [name]: valueOf(text, settings[name]) });
    } catch (error) {
      complaints.push(`${variable(name)}: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
  }
  for (const { property, constraints } of validateSync(settings)) {
    const reasons = Object.values(constraints ?? {}).map((reason) => reason.replace(property, '').trim());
    complaints.push(`${variable(property)}: ${reasons.join(', ')}`);
  }
  if (complaints.length === 0) complaints.push(...contradictions(settings));
  if (complaints.length > 0) throw new SettingsError(complaints);
  return settings;
}

/** `privatePort` → `PRIVATE_PORT` */
function variable(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** An empty variable counts as absent. */
function given(environment: Readonly<Record<string, string | undefined>>, name: keyof Settings): string | undefined {
  const text = environment[variable(name)] || undefined;
  const file = (SECRETS as readonly string[]).includes(name)
    ? environment[`${variable(name)}_FILE`] || undefined
    : undefined;
  if (file === undefined) return text;
  if (text !== undefined) throw new Error(`give it or ${variable(name)}_FILE, not both`);
  const secret = contentOf(file)?.trim();
  if (secret === undefined) throw new Error(`${variable(name)}_FILE can not be read`);
  if (secret === '') throw new Error(`${variable(name)}_FILE is empty`);
  return secret;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** What is not a plain decimal number stays text, and fails validation. */
function valueOf(text: string, initial: Settings[keyof Settings]): string | number {
  return typeof initial === 'number' && /^\d{1,9}$/.test(text) ? Number(text) : text;
}

function contradictions(settings: Settings): string[] {
  const { twilioFetchDeadlineMs, twilioCreateDeadlineMs, resendDispatchToSendMs } = settings;
  const complaints: string[] = [];
  // The Challenge is fetched once before the create, and once more when Twilio says that it was answered meanwhile.
  const busyMs = 2 * twilioFetchDeadlineMs + twilioCreateDeadlineMs + resendDispatchToSendMs;
  if (settings.resendLeaseSeconds * 1000 <= busyMs) {
    complaints.push(`RESEND_LEASE_SECONDS: must be longer than all Twilio deadlines together, ${busyMs} ms`);
  }
  const shortest = Math.min(...settings.resendCooldownSeconds.split(',').map(Number));
  if (shortest * 1000 <= twilioCreateDeadlineMs + resendDispatchToSendMs) {
    complaints.push(
      'RESEND_COOLDOWN_SECONDS: must be longer than TWILIO_CREATE_DEADLINE_MS and RESEND_DISPATCH_TO_SEND_MS together',
    );
  }
  const windows = parseUserLimits(settings.resendUserLimits).map(({ windowMs }) => windowMs);
  if (windows.some((windowMs) => windowMs > 24 * 3_600_000)) {
    complaints.push('RESEND_USER_LIMITS: no window may be longer than 24h');
  }
  if (new Set(windows).size < windows.length) complaints.push('RESEND_USER_LIMITS: one limit a window');
  if (settings.port === settings.privatePort && settings.port !== 0) {
    complaints.push('PRIVATE_PORT: must be another one than PORT');
  }
  if (settings.trustedProxies !== '' && !settings.trustedProxies.split(',').every(isAddressRange)) {
    complaints.push('TRUSTED_PROXIES: must be addresses or CIDR ranges');
  }
  if (settings.twilioAuthToken !== '' && settings.publicUrl === '') {
    complaints.push('PUBLIC_URL: is needed with TWILIO_AUTH_TOKEN, as signatures are over it');
  }
  if (settings.publicUrl !== '' && !URL.canParse(settings.publicUrl)) complaints.push('PUBLIC_URL: must be a URL');
  complaints.push(...contradictionsOfRedis(settings), ...contradictionsOfSessions(settings));
  return complaints;
}

function contradictionsOfSessions(settings: Settings): string[] {
  const { sessionStrategy, sessionJwtJwksUrl, sessionIntrospectionUrl, sessionStoreRedisUrl, corsOrigins } = settings;
  const { internalJwtJwksUrl } = settings;
  const complaints: string[] = [];
  if (settings.nodeEnv === 'production') {
    if (sessionStrategy === 'jwt' && !sessionJwtJwksUrl.startsWith('https:'))
      complaints.push('SESSION_JWT_JWKS_URL: must be https in production: whoever can change keys can be anybody');
    if (sessionStrategy === 'introspection' && !sessionIntrospectionUrl.startsWith('https:'))
      complaints.push('SESSION_INTROSPECTION_URL: must be https in production: it is told tokens and our secret');
    if (internalJwtJwksUrl.startsWith('http:'))
      complaints.push('INTERNAL_JWT_JWKS_URL: must be https in production: whoever can change keys can be anybody');
  }
  const users = tokensOfUsers(settings);
  const isSameIssuer = users?.issuer === '' || users?.issuer === settings.internalJwtIssuer;
  if (users && internalJwtJwksUrl !== '' && isSameIssuer && users.audience === settings.internalJwtAudience) {
    complaints.push(`INTERNAL_JWT_AUDIENCE: must be another one than ${users.named}: users' tokens would open it`);
  }
  if (sessionStoreRedisUrl !== '') {
    if (!isDecodable(sessionStoreRedisUrl))
      complaints.push('SESSION_STORE_REDIS_URL: must be a URL; escape what is special in its password');
    if (settings.redisSessionUsername !== '' || settings.redisSessionPassword !== '')
      complaints.push(
        'SESSION_STORE_REDIS_URL: has its own user; REDIS_SESSION_USERNAME and its password are for REDIS_URL',
      );
  }
  if (corsOrigins !== '' && !corsOrigins.split(',').every(isOrigin)) {
    complaints.push('CORS_ORIGINS: must be origins as browsers write them: lower case, no default port, no path');
  }
  return complaints;
}

/** What the chosen sessions look at in users' tokens, where they are tokens of an issuer; an empty word is any. */
function tokensOfUsers(settings: Settings) {
  switch (settings.sessionStrategy) {
    case 'jwt': {
      const { sessionJwtIssuer: issuer, sessionJwtAudience: audience } = settings;
      return { issuer, audience, named: 'SESSION_JWT_AUDIENCE' };
    }
    case 'introspection': {
      const { sessionIntrospectionIssuer: issuer, sessionIntrospectionAudience: audience } = settings;
      return { issuer, audience, named: 'SESSION_INTROSPECTION_AUDIENCE' };
    }
    default:
      return undefined;
  }
}

function contradictionsOfRedis(settings: Settings): string[] {
  const { redisUrl, redisSentinels, redisClusterNodes, redisCommandTimeoutMs, redisWaitMs } = settings;
  const complaints: string[] = [];
  if ([redisUrl, redisSentinels, redisClusterNodes].filter((place) => place !== '').length > 1) {
    complaints.push('REDIS_URL: give it, REDIS_SENTINELS or REDIS_CLUSTER_NODES, one of the three');
  }
  if (redisUrl !== '' && !isDecodable(redisUrl)) {
    complaints.push('REDIS_URL: must be a URL; escape what is special in its password');
  }
  if (redisUrl !== '' && settings.redisTls === 'true') complaints.push('REDIS_TLS: a REDIS_URL says it by rediss://');
  if (settings.redisWaitReplicas === 'all' && redisSentinels === '' && redisClusterNodes === '') {
    complaints.push('REDIS_WAIT_REPLICAS: only Sentinel and a Cluster know what all is; give a number');
  }
  if (settings.redisWaitReplicas !== '0') {
    if (redisWaitMs >= redisCommandTimeoutMs) {
      complaints.push('REDIS_WAIT_MS: must be shorter than REDIS_COMMAND_TIMEOUT_MS');
    }
    if (redisCommandTimeoutMs + redisWaitMs >= settings.resendDispatchToSendMs) {
      complaints.push(
        'REDIS_WAIT_MS: must leave, with REDIS_COMMAND_TIMEOUT_MS, something of RESEND_DISPATCH_TO_SEND_MS',
      );
    }
  }
  if (settings.redisCaFile !== '' && contentOf(settings.redisCaFile) === undefined)
    complaints.push('REDIS_CA_FILE: can not be read');
  return complaints;
}

function isDecodable(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    return typeof decodeURIComponent(username + password) === 'string';
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && more.length === 0 && isPrefix;
}
