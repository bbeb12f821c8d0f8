import type { Row } from './panel.ts';
import { ABUSE } from './rows/abuse.ts';
import { DECISIONS } from './rows/decisions.ts';
import { DID_IT_HELP } from './rows/did-it-help.ts';
import { NOW } from './rows/now.ts';
import { REDIS } from './rows/redis.ts';
import { RUNTIME } from './rows/runtime.ts';
import { TWILIO } from './rows/twilio.ts';
import { USERS } from './rows/users.ts';

/** The rows of the dashboard, most urgent first. */
export const ROWS: readonly Row[] = [NOW, USERS, DECISIONS, DID_IT_HELP, TWILIO, REDIS, ABUSE, RUNTIME];
