import type { Form } from './form.js';

/**
 * The fields of a service that a client can set, as answers show them (https://www.twilio.com/docs/verify/api/service).
 * Only `push.include_date`, `totp` and `passkeys` have an effect here; the others are kept and shown.
 */
export interface ServiceSettings {
  readonly friendly_name: string;
  readonly code_length: number;
  readonly lookup_enabled: boolean;
  readonly psd2_enabled: boolean;
  readonly skip_sms_to_landlines: boolean;
  readonly dtmf_input_required: boolean;
  readonly tts_name: string | null;
  readonly do_not_share_warning_enabled: boolean;
  readonly custom_code_enabled: boolean;
  readonly push: {
    /** A Challenge repeats its creation date in `details.date`. */
    readonly include_date: boolean;
    readonly apn_credential_sid: string | null;
    readonly fcm_credential_sid: string | null;
  };
  /** Defaults of new totp Factors. */
  readonly totp: {
    readonly issuer: string | null;
    readonly time_step: number | null;
    readonly code_length: number | null;
    readonly skew: number | null;
  };
  readonly default_template_sid: string | null;
  readonly whatsapp: { readonly msg_service_sid: string | null; readonly from: string | null };
  /** The configuration of new passkeys Factors. */
  readonly passkeys: {
    readonly relying_party: {
      readonly id: string | null;
      readonly name: string | null;
      readonly origins: readonly string[] | null;
    };
    readonly authenticator_attachment: string | null;
    readonly discoverable_credentials: string | null;
    readonly user_verification: string | null;
  };
  readonly verify_event_subscription_enabled: boolean;
}

/** Of a service that was created with a name only. Defaults that Twilio does not document are assumptions. */
export const defaultServiceSettings: ServiceSettings = {
  friendly_name: '',
  code_length: 6,
  lookup_enabled: false,
  psd2_enabled: false,
  skip_sms_to_landlines: false,
  dtmf_input_required: false,
  tts_name: null,
  do_not_share_warning_enabled: false,
  custom_code_enabled: false,
  push: { include_date: false, apn_credential_sid: null, fcm_credential_sid: null },
  totp: { issuer: null, time_step: null, code_length: null, skew: null },
  default_template_sid: null,
  whatsapp: { msg_service_sid: null, from: null },
  passkeys: {
    relying_party: { id: null, name: null, origins: null },
    authenticator_attachment: null,
    discoverable_credentials: null,
    user_verification: null,
  },
  verify_event_subscription_enabled: false,
};

/**
 * The settings after a create or an update: a field that is absent keeps its current value.
 *
 * @throws TwilioError 60306 on a value out of its documented bounds
 */
export function readServiceSettings(form: Form, current: ServiceSettings): ServiceSettings {
  // backtracks: never, since a prefix is two letters
  const sid = (name: string, prefix: string) => form.matching(name, new RegExp(`^${prefix}[0-9a-fA-F]{32}$`));
  const { push, totp, whatsapp, passkeys } = current;
  const party = passkeys.relying_party;
  return {
    friendly_name: form.text('FriendlyName', 32) ?? current.friendly_name,
    code_length: form.integer('CodeLength', 4, 10) ?? current.code_length,
    lookup_enabled: form.boolean('LookupEnabled') ?? current.lookup_enabled,
    psd2_enabled: form.boolean('Psd2Enabled') ?? current.psd2_enabled,
    skip_sms_to_landlines: form.boolean('SkipSmsToLandlines') ?? current.skip_sms_to_landlines,
    dtmf_input_required: form.boolean('DtmfInputRequired') ?? current.dtmf_input_required,
    tts_name: form.text('TtsName') ?? current.tts_name,
    do_not_share_warning_enabled: form.boolean('DoNotShareWarningEnabled') ?? current.do_not_share_warning_enabled,
    custom_code_enabled: form.boolean('CustomCodeEnabled') ?? current.custom_code_enabled,
    push: {
      include_date: form.boolean('Push.IncludeDate') ?? push.include_date,
      apn_credential_sid: sid('Push.ApnCredentialSid', 'CR') ?? push.apn_credential_sid,
      fcm_credential_sid: sid('Push.FcmCredentialSid', 'CR') ?? push.fcm_credential_sid,
    },
    totp: {
      issuer: form.text('Totp.Issuer') ?? totp.issuer,
      time_step: form.integer('Totp.TimeStep', 20, 60) ?? totp.time_step,
      code_length: form.integer('Totp.CodeLength', 3, 8) ?? totp.code_length,
      skew: form.integer('Totp.Skew', 0, 2) ?? totp.skew,
    },
    default_template_sid: sid('DefaultTemplateSid', 'HJ') ?? current.default_template_sid,
    whatsapp: {
      msg_service_sid: sid('Whatsapp.MsgServiceSid', 'MG') ?? whatsapp.msg_service_sid,
      from: form.text('Whatsapp.From') ?? whatsapp.from,
    },
    passkeys: {
      relying_party: {
        id: form.text('Passkeys.RelyingParty.Id') ?? party.id,
        name: form.text('Passkeys.RelyingParty.Name') ?? party.name,
        origins: form.text('Passkeys.RelyingParty.Origins')?.split(',') ?? party.origins,
      },
      authenticator_attachment: form.text('Passkeys.AuthenticatorAttachment') ?? passkeys.authenticator_attachment,
      discoverable_credentials: form.text('Passkeys.DiscoverableCredentials') ?? passkeys.discoverable_credentials,
      user_verification: form.text('Passkeys.UserVerification') ?? passkeys.user_verification,
    },
    verify_event_subscription_enabled:
      form.boolean('VerifyEventSubscriptionEnabled') ?? current.verify_event_subscription_enabled,
  };
}
