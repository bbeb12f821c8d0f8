import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';

/** A request after `LoginGuard`. */
export interface LoginRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  user?: { readonly id: string };
}

/** Does what a Passport guard does: finds out who is asking, and leaves it on the request. */
@Injectable()
export class LoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<LoginRequest>();
    const [, id] = /^Bearer login-of-([\w-]+)$/.exec(request.headers['authorization'] ?? '') ?? [];
    if (id === undefined) throw new UnauthorizedException();
    request.user = { id };
    return true;
  }
}
