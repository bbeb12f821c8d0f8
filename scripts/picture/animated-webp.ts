/** One picture of an animation. */
export interface Frame {
  /** A WebP file without transparency. */
  readonly webp: Buffer;
  readonly milliseconds: number;
}

/**
 * An animated WebP that repeats for ever: the pictures as they are, in the container of
 * https://developers.google.com/speed/webp/docs/riff_container.
 *
 * @param width of every frame, in pixels
 */
export function animatedWebp(frames: readonly Frame[], width: number, height: number): Buffer {
  const ANIMATION = 0x02;
  const size = Buffer.concat([threeBytes(width - 1), threeBytes(height - 1)]);
  const header = chunk('VP8X', Buffer.concat([Buffer.from([ANIMATION, 0, 0, 0]), size]));
  const loop = chunk('ANIM', Buffer.alloc(6)); // no background, no limit of repetitions
  const pictures = frames.map(({ webp, milliseconds }) => {
    const place = Buffer.alloc(6);
    return chunk('ANMF', Buffer.concat([place, size, threeBytes(milliseconds), Buffer.from([0]), bitstream(webp)]));
  });
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), header, loop, ...pictures]));
}

/** The compressed picture, with its chunk's header. @throws Error when there is none */
function bitstream(webp: Buffer): Buffer {
  for (let at = 12; at + 8 <= webp.length; ) {
    const end = at + 8 + padded(webp.readUInt32LE(at + 4));
    if (/^VP8[ L]$/.test(webp.toString('latin1', at, at + 4))) return webp.subarray(at, end);
    at = end;
  }
  throw new Error('A frame is not a WebP picture.');
}

function chunk(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(padded(content.length) - content.length)]);
}

/** Chunks begin at even places. */
function padded(length: number): number {
  return length + (length % 2);
}

function threeBytes(number: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntLE(number, 0, 3);
  return bytes;
}
