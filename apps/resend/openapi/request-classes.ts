import { AuditEventsQuery } from '@nest/internal/audit-events.controller.js';
import { EndBlock, ResetLimits, SetBlock } from '@nest/internal/limits.controller.js';
import { IdentityChallengeParams, ResendOnBehalf } from '@nest/internal/notifications.controller.js';
import { IdentityParams } from '@nest/internal/on-behalf.js';
import { SetPause } from '@nest/internal/pause.controller.js';
import { RegisterSession, SessionParams } from '@nest/internal/sessions.controller.js';
import { ChallengeParams, ResendBody } from '@nest/public/challenges.controller.js';

/** All classes that validate input: bodies, path parameters, queries. */
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
