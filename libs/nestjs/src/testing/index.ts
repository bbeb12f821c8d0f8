/** For the tests of applications that import `@push-resend/nestjs`. */
export * from './push-resend-testing.module.js';
export * from './scripted-twilio.js';
