/** The permissions of internal consumers. Each internal route names the one that it requires with `Needs`. */
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
