import { AuditEventsQuery } from '../internal/audit-events.controller.js';
import { EndBlock, ResetLimits, SetBlock } from '../internal/limits.controller.js';
import { IdentityChallengeParams, ResendOnBehalf } from '../internal/notifications.controller.js';
import { IdentityParams } from '../internal/on-behalf.js';
import { SetPause } from '../internal/pause.controller.js';
import { RegisterSession, SessionParams } from '../internal/sessions.controller.js';
import { ChallengeParams, ResendBody } from '../public/challenges.controller.js';

/** Every class that checks what comes in: bodies, path parameters, queries. */
export const REQUEST_CLASSES = [
  ChallengeParams,
  ResendBody,
  RegisterSession,
  SessionParams,
  IdentityParams,
  IdentityChallengeParams,
  ResendOnBehalf,
  ResetLimits,
  SetBlock,
  EndBlock,
  SetPause,
  AuditEventsQuery,
];
