/** For the tests of screens that use `@push-resend/client`. It needs no test framework. */
export { answer, type ScriptedAnswer } from './answers.js';
export { FakeLogin, fakeLogin } from './fake-login.js';
export type { ManualClock } from './manual-clock.js';
export type { ManualPage } from './manual-page.js';
export type { SeenRequest } from './scripted-service.js';
