import { Controller, HttpCode, Param, Post, Req, UnauthorizedException, UseGuards } from '@nestjs/common';
import { ResendService } from '@push-resend/nestjs';
import { LoginGuard, type LoginRequest } from './login.guard.js';

@Controller({ path: 'sign-in', version: '1' })
export class SignInController {
  constructor(private readonly resends: ResendService) {}

  @Post(':challengeSid/again')
  @HttpCode(200)
  @UseGuards(LoginGuard)
  async again(@Req() { user }: LoginRequest, @Param('challengeSid') challengeSid: string) {
    if (!user) throw new UnauthorizedException();
    const result = await this.resends.attempt({
      session: { identity: user.id },
      challengeSid,
      by: { actor: 'session' },
    });
    switch (result.kind) {
      case 'sent':
      case 'replayed':
        return { pushed: true, sid: result.notification.sid };
      case 'refused':
        return { pushed: false, because: result.code, waitMs: result.waitMs };
    }
  }
}
