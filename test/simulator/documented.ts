/** A type of Twilio's API reference, as a check of a value in JSON. */
export type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const integer: Check = (value) => Number.isInteger(value);
const boolean: Check = (value) => typeof value === 'boolean';
const nothing: Check = (value) => value === null;
const sid = (prefix: string): Check => like(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`));
const date = like(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
const url = like(/^https?:\/\/[^ ]+$/);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const object =
  (fields: Record<string, Check>): Check =>
  (value) =>
    faultsOf(value, fields).length === 0;

function like(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields that are missing, not documented, or of another type. */
export function faultsOf(answer: unknown, fields: Record<string, Check>): string[] {
  if (!isObject(answer)) return ['not an object'];
  const names = new Set([...Object.keys(fields), ...Object.keys(answer)]);
  return [...names].filter((name) => !(name in answer) || !fields[name]?.(answer[name]));
}

const factor = {
  sid: sid('YF'),
  account_sid: sid('AC'),
  service_sid: sid('VA'),
  entity_sid: sid('YE'),
  identity: text,
  date_created: date,
  date_updated: date,
  friendly_name: text,
  status: oneOf('unverified', 'verified'),
  metadata: orNull(mapOf(text)),
  url,
};
const pushFactor = {
  ...factor,
  factor_type: oneOf('push'),
  config: object({
    app_id: text,
    notification_platform: oneOf('apn', 'fcm', 'none'),
    notification_token: orNull(text),
    sdk_version: orNull(text),
  }),
};
const totpFactor = {
  ...factor,
  factor_type: oneOf('totp'),
  config: object({ alg: oneOf('sha1', 'sha256', 'sha512'), skew: integer, code_length: integer, time_step: integer }),
};
const challenge = {
  sid: sid('YC'),
  account_sid: sid('AC'),
  service_sid: sid('VA'),
  entity_sid: sid('YE'),
  identity: text,
  factor_sid: sid('YF'),
  date_created: date,
  date_updated: date,
  date_responded: orNull(date),
  expiration_date: date,
  status: oneOf('pending', 'expired', 'approved', 'denied'),
  responded_reason: oneOf('none', 'not_needed', 'not_requested'),
  details: object({ message: text, date: orNull(date), fields: listOf(object({ label: text, value: text })) }),
  hidden_details: orNull(mapOf(text)),
  metadata: orNull(isObject),
  factor_type: oneOf('push', 'totp', 'passkeys'),
  url,
  links: object({ notifications: url }),
};
const webhook = {
  sid: sid('YW'),
  service_sid: sid('VA'),
  account_sid: sid('AC'),
  friendly_name: text,
  event_types: listOf(text),
  status: oneOf('enabled', 'disabled'),
  version: oneOf('v1', 'v2'),
  webhook_url: url,
  webhook_method: oneOf('GET', 'POST'),
  date_created: date,
  date_updated: date,
  url,
};
const entity = {
  sid: sid('YE'),
  identity: text,
  account_sid: sid('AC'),
  service_sid: sid('VA'),
  date_created: date,
  date_updated: date,
  url,
  links: object({ factors: url, new_factors: url, challenges: url }),
};
const service = {
  sid: sid('VA'),
  account_sid: sid('AC'),
  friendly_name: text,
  code_length: integer,
  lookup_enabled: boolean,
  psd2_enabled: boolean,
  skip_sms_to_landlines: boolean,
  dtmf_input_required: boolean,
  tts_name: orNull(text),
  do_not_share_warning_enabled: boolean,
  custom_code_enabled: boolean,
  push: object({
    include_date: boolean,
    apn_credential_sid: orNull(sid('CR')),
    fcm_credential_sid: orNull(sid('CR')),
  }),
  totp: object({
    issuer: orNull(text),
    time_step: orNull(integer),
    code_length: orNull(integer),
    skew: orNull(integer),
  }),
  default_template_sid: orNull(sid('HJ')),
  whatsapp: object({ msg_service_sid: orNull(sid('MG')), from: orNull(text) }),
  passkeys: object({
    relying_party: object({ id: orNull(text), name: orNull(text), origins: orNull(listOf(text)) }),
    authenticator_attachment: orNull(text),
    discoverable_credentials: orNull(text),
    user_verification: orNull(text),
  }),
  verify_event_subscription_enabled: boolean,
  date_created: date,
  date_updated: date,
  url,
  links: object({
    verification_checks: url,
    verifications: url,
    rate_limits: url,
    messaging_configurations: url,
    entities: url,
    webhooks: url,
    access_tokens: url,
  }),
};

/** A page of a list: the items under their key, and where the other pages are. */
function listUnder(key: string, item: Record<string, Check>): Record<string, Check> {
  const meta = object({
    page: integer,
    page_size: integer,
    first_page_url: url,
    previous_page_url: orNull(url),
    url,
    next_page_url: orNull(url),
    key: oneOf(key),
  });
  return { [key]: (value) => listOf(object(item))(value) && (value as unknown[]).length > 0, meta };
}

/** The fields and types that Twilio's API reference gives each answer (https://www.twilio.com/docs/verify/api). */
export const documented = {
  Service: service,
  Services: listUnder('services', service),
  Entity: entity,
  Entities: listUnder('entities', entity),
  'new push Factor': {
    ...pushFactor,
    binding: object({ alg: oneOf('ES256'), public_key: text }),
    options: nothing,
  },
  'push Factor': pushFactor,
  'push Factors': listUnder('factors', pushFactor),
  'new totp Factor': {
    ...totpFactor,
    binding: object({ secret: like(/^[A-Z2-7]{32}$/), uri: like(/^otpauth:\/\/totp\/[^ ]+$/) }),
    options: nothing,
  },
  'totp Factor': totpFactor,
  Challenge: challenge,
  Challenges: listUnder('challenges', challenge),
  Notification: {
    sid: sid('NT'),
    account_sid: sid('AC'),
    service_sid: sid('VA'),
    entity_sid: sid('YE'),
    identity: text,
    challenge_sid: sid('YC'),
    priority: oneOf('high'),
    ttl: integer,
    date_created: date,
  },
  AccessToken: {
    sid: sid('YK'),
    account_sid: sid('AC'),
    service_sid: sid('VA'),
    entity_identity: text,
    factor_type: oneOf('push'),
    factor_friendly_name: orNull(text),
    token: text,
    url,
    ttl: integer,
    date_created: date,
  },
  Webhook: webhook,
  Webhooks: listUnder('webhooks', webhook),
  error: { code: integer, message: text, more_info: url, status: integer },
} satisfies Record<string, Record<string, Check>>;

export type Documented = keyof typeof documented;
