export { createResend, type Resend, type ResendOptions } from './create-resend.js';
export { isFinal, type NextAction, type ResendState, type StateName } from './core/state.js';
export type { Clock } from './host/clock.js';
export type { Fetch, FetchedResponse, FetchInit } from './host/connection.js';
export type { Page } from './host/page.js';
export type { KeyValueStorage } from './host/storage.js';
export type { Tabs } from './host/tabs.js';
