/** What an internal consumer may do. Only `sessions:write` opens a call so far. */
export const SCOPES = [
  'sessions:write',
  'notifications:write',
  'state:read',
  'limits:write',
  'blocks:write',
  'audit:read',
  'controls:write',
] as const;
export type Scope = (typeof SCOPES)[number];
