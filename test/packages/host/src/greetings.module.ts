import { Body, Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import { IsString, MinLength } from 'class-validator';
import { LoginGuard } from './login.guard.js';

export class Greeting {
  @IsString()
  @MinLength(3)
  readonly name!: string;
}

@Controller({ path: 'greetings', version: '1' })
export class GreetingsController {
  @Get()
  list() {
    return [{ name: 'hello' }];
  }

  @Post()
  greet(@Body() { name }: Greeting) {
    return { name };
  }

  @Get('mine')
  @UseGuards(LoginGuard)
  mine() {
    return { mine: true };
  }

  @Get('broken')
  broken() {
    throw new TypeError('a bug of the host');
  }
}

/** What the application did before it had resends. */
@Module({ controllers: [GreetingsController] })
export class GreetingsModule {}
