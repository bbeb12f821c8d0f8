/** What an internal consumer may do: each call of the private port needs one of these, and says which by `Needs`. */
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
