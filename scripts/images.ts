/**
 * Says which pinned images have changed at their registries; with `--write` pins the current ones: `npm run images -- --write`.
 * Build and try what was renewed before you commit it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { currentDigest } from './images/current-digest.ts';
import { pinnedImages } from './images/pinned-image.ts';

const root = resolve(import.meta.dirname, '..');

for (const file of ['Dockerfile', 'docker-compose.yml']) {
  const path = resolve(root, file);
  let text = readFileSync(path, 'utf8');
  for (const image of pinnedImages(text)) {
    const digest = await currentDigest(image, `https://${image.registry}`);
    console.log(`${file}: ${image.name} ${digest === image.digest ? 'is current' : `is now ${digest}`}`);
    text = text.replace(`${image.name}@${image.digest}`, `${image.name}@${digest}`);
  }
  if (process.argv.includes('--write')) writeFileSync(path, text);
}
