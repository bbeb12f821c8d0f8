/** An image as files name it: `registry/repository:tag@sha256:…`. */
export interface PinnedImage {
  /** Without the digest. */
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
}

// backtracks: over files of this repository only
const PINNED = /\b([a-z0-9][a-z0-9._/-]*):([\w.-]+)@(sha256:[0-9a-f]{64})\b/g;

/** Every image in a Dockerfile or a compose file that has a tag and a digest. */
export function pinnedImages(text: string): PinnedImage[] {
  return [...text.matchAll(PINNED)].map(([, path = '', tag = '', digest = '']) => {
    const [first = '', ...rest] = path.split('/');
    const hasRegistry = rest.length > 0 && first.includes('.');
    const ofDocker = rest.length === 0 ? `library/${path}` : path;
    return {
      name: `${path}:${tag}`,
      registry: hasRegistry ? first : 'registry-1.docker.io',
      repository: hasRegistry ? rest.join('/') : ofDocker,
      tag,
      digest,
    };
  });
}
