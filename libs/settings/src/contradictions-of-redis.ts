import { contentOf } from './content-of.js';
import { isDecodable } from './is-decodable.js';
import type { Settings } from './settings.js';

/** Between the settings that say where Redis is, and how it is asked. */
export function contradictionsOfRedis(settings: Settings): string[] {
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
