/** `@push-resend/simulator`: a Twilio Verify Push to start inside a test, and the JSON of its control surface `/_sim`. */
export type { Credentials } from './credentials.js';
export type { DebuggerEntry } from './debugger.js';
export type { DeviceSettings } from './device.js';
export type { FaultKind, FaultyOperation } from './fault-kinds.js';
export type { JournalEntry } from './journal.js';
export type { SessionsApi } from './logins.js';
export { type RunningSimulator, Simulator, type SimulatorOptions } from './simulator.js';
export type { Switches } from './switches.js';
export type { WebhookDelivery } from './webhooks.js';
