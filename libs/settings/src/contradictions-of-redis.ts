import { belongTogether } from './pem.js';
import type { Settings } from './settings.js';
import { isRedisUrlWithTls } from './urls.js';

/** Conflicts between the settings of Redis. */
export function contradictionsOfRedis(settings: Settings): string[] {
  const { redisUrl, redisSentinels, redisClusterNodes, redisCommandTimeoutMs, redisWaitMs } = settings;
  const complaints: string[] = [];
  const places = [redisUrl !== undefined, redisSentinels.length > 0, redisClusterNodes.length > 0];
  if (places.filter(Boolean).length > 1) {
    complaints.push('REDIS_URL: set only one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES');
  }
  if (redisUrl !== undefined && settings.redisTls) {
    complaints.push('REDIS_TLS: has no effect with REDIS_URL; write rediss:// there instead');
  }
  if (settings.redisWaitReplicas === 'all' && redisSentinels.length === 0 && redisClusterNodes.length === 0) {
    complaints.push('REDIS_WAIT_REPLICAS: all requires Sentinel or a Cluster; set a number instead');
  }
  if (settings.redisWaitReplicas !== 0) {
    if (redisWaitMs >= redisCommandTimeoutMs) {
      complaints.push('REDIS_WAIT_MS: must be shorter than REDIS_COMMAND_TIMEOUT_MS');
    }
    if (redisCommandTimeoutMs + redisWaitMs >= settings.resendDispatchToSendMs) {
      complaints.push(
        'REDIS_WAIT_MS: together with REDIS_COMMAND_TIMEOUT_MS, must be shorter than RESEND_DISPATCH_TO_SEND_MS',
      );
    }
  }
  complaints.push(...contradictionsOfTls(settings));
  return complaints;
}

function contradictionsOfTls(settings: Settings): string[] {
  const { redisSentinels, redisTls, redisSentinelTls, redisCertFile, redisKeyFile } = settings;
  const urls = [settings.redisUrl, settings.sessionStoreRedisUrl];
  const complaints: string[] = [];
  if ((redisCertFile === undefined) !== (redisKeyFile === undefined)) {
    complaints.push('REDIS_CERT_FILE and REDIS_KEY_FILE must be set together');
  }
  if (redisCertFile !== undefined && redisKeyFile !== undefined) {
    if (!belongTogether(redisCertFile, redisKeyFile)) {
      complaints.push('REDIS_KEY_FILE: is not the key of the certificate in REDIS_CERT_FILE');
    }
  }
  if (redisSentinelTls !== undefined && redisSentinels.length === 0) {
    complaints.push('REDIS_SENTINEL_TLS: has no effect without REDIS_SENTINELS');
  }
  const hasTls =
    redisTls || redisSentinelTls === 'true' || urls.some((url) => url !== undefined && isRedisUrlWithTls(url));
  const forTls = {
    REDIS_CA_FILE: settings.redisCaFile,
    REDIS_CERT_FILE: redisCertFile,
    REDIS_KEY_FILE: redisKeyFile,
    REDIS_TLS_SERVERNAME: settings.redisTlsServername,
  };
  for (const [name, value] of Object.entries(forTls)) {
    if (value !== undefined && !hasTls) {
      complaints.push(`${name}: has no effect without TLS; write rediss:// in REDIS_URL, or set REDIS_TLS=true`);
    }
  }
  return complaints;
}
