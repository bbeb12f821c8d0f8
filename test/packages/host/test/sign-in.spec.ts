import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PushResendTestingModule, ScriptedTwilio } from '@push-resend/nestjs/testing';
import { SignInController } from '../src/sign-in.controller.js';

@Module({
  imports: [PushResendTestingModule.forRoot({ session: () => undefined })],
  controllers: [SignInController],
})
class TestModule {}

const user = { id: 'somebody-0001' };

await test('an impatient user gets one push, and is told to wait', async () => {
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  const twilio = app.get(ScriptedTwilio);
  const challengeSid = twilio.challenge({ identity: user.id });
  const signIn = app.get(SignInController);

  const first = await signIn.again({ headers: {}, user }, challengeSid);
  const second = await signIn.again({ headers: {}, user }, challengeSid);
  assert.equal(first.pushed, true);
  assert.deepEqual(second, first); // a double tap is one press
  assert.equal(twilio.sent.length, 1);
  await app.close();
});

await test('after a denial nothing is sent', async () => {
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  const twilio = app.get(ScriptedTwilio);
  const challengeSid = twilio.challenge({ identity: user.id });
  twilio.respond(challengeSid, 'denied');

  const { because } = await app.get(SignInController).again({ headers: {}, user }, challengeSid);
  assert.equal(because, 'challenge-denied');
  assert.deepEqual(twilio.sent, []);
  await app.close();
});
