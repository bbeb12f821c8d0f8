import { type INestApplication, ValidationPipe, VersioningType } from '@nestjs/common';
import { variable } from './variable.js';

/** Everything global that the application had before. */
export async function serve(app: INestApplication): Promise<void> {
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.enableShutdownHooks();
  await app.listen(Number(variable('PORT')), '127.0.0.1');
  console.log(`listening at ${await app.getUrl()}`);
}
