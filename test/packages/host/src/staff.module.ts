import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';

/** A request after `StaffGuard`. */
export interface StaffRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  staff?: string;
}

/** Who works here. */
@Injectable()
export class StaffDirectory {
  private readonly names = new Map([['badge-7', 'desk:agent-7']]);

  nameOf(badge: string | undefined): string | undefined {
    return badge === undefined ? undefined : this.names.get(badge);
  }
}

@Module({ providers: [StaffDirectory], exports: [StaffDirectory] })
export class StaffModule {}

/** Lets staff in, and nobody else. */
@Injectable()
export class StaffGuard implements CanActivate {
  constructor(private readonly directory: StaffDirectory) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<StaffRequest>();
    const name = this.directory.nameOf(request.headers['x-badge']);
    if (name !== undefined) request.staff = name;
    return name !== undefined;
  }
}
