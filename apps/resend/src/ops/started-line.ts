import type { Settings } from '@settings/settings.js';

interface Started {
  readonly settings: Settings;
  readonly version: string;
  /** The actual addresses and ports, whatever the settings leave open. */
  readonly host: string;
  readonly privateHost: string;
  readonly port: number;
  readonly privatePort: number;
}

/** The log line of an instance that has just started: its main settings, without secrets or Redis credentials. */
export function startedLine({ settings, version, host, privateHost, port, privatePort }: Started) {
  const { nodeEnv, sessionStrategy, trustedProxies } = settings;
  return {
    version,
    node: process.versions.node,
    mode: nodeEnv,
    host,
    port,
    privateHost,
    privatePort,
    redis: topologyOf(settings),
    sessions: sessionStrategy,
    twilio: settings.twilioBaseUrl === undefined ? 'twilio.com' : 'TWILIO_BASE_URL',
    proxy: originOf(settings.httpsProxy ?? settings.httpProxy),
    webhooks: settings.twilioAuthToken.length > 0 || settings.twilioWebhookKeys.length > 0,
    limits: {
      cooldownSeconds: settings.resendCooldownSeconds,
      maxPerChallenge: settings.resendMaxPerChallenge,
      user: settings.resendUserLimits.map(({ limit, windowMs }) => `${limit} in ${windowMs / 1000} s`),
    },
    trustedProxies: trustedProxies.length,
  };
}

/** Without the user and password of a proxy's URL. */
function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).origin;
}

function topologyOf({ redisUrl, redisSentinels, redisClusterNodes }: Settings) {
  if (redisUrl !== undefined) return 'server';
  if (redisSentinels.length > 0) return 'sentinel';
  return redisClusterNodes.length > 0 ? 'cluster' : 'memory';
}
