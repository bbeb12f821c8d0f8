import type { Settings } from './settings.js';
import { isRedisUrlWithTls } from './urls.js';

/** Conflicts between the settings of Redis. */
export function contradictionsOfRedis(settings: Settings): string[] {
  const { redisUrl, redisSentinels, redisClusterNodes, redisCommandTimeoutMs, redisWaitMs } = settings;
  const complaints: string[] = [];
  const places = [redisUrl !== undefined, redisSentinels.length > 0, redisClusterNodes.length > 0];
  if (places.filter(Boolean).length > 1) {
    complaints.push('REDIS_URL: give it, REDIS_SENTINELS or REDIS_CLUSTER_NODES, but only one of the three');
  }
  if (redisUrl !== undefined && settings.redisTls) {
    complaints.push('REDIS_TLS: has no effect with REDIS_URL; write rediss:// there instead');
  }
  const hasTls =
    settings.redisTls || [redisUrl, settings.sessionStoreRedisUrl].some((url) => url && isRedisUrlWithTls(url));
  if (settings.redisCaFile !== undefined && !hasTls) {
    complaints.push('REDIS_CA_FILE: has no effect without TLS; write rediss:// in REDIS_URL, or set REDIS_TLS=true');
  }
  if (settings.redisWaitReplicas === 'all' && redisSentinels.length === 0 && redisClusterNodes.length === 0) {
    complaints.push('REDIS_WAIT_REPLICAS: all needs Sentinel or a Cluster; give a number instead');
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
  return complaints;
}
