/** Other spellings of a JWT, which has the same bytes or a signature that is as valid. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The other letters at the end that decode to the same bytes. */
export function withOtherEnds(token: string): string[] {
  const unread = { 2: 4, 3: 2 }[(token.length - token.lastIndexOf('.') - 1) % 4] ?? 0;
  const last = LETTERS.indexOf(token.at(-1) ?? '');
  const first = (last >> unread) << unread;
  const others = Array.from({ length: 1 << unread }, (_, more) => first + more).filter((letter) => letter !== last);
  return others.map((letter) => token.slice(0, -1) + LETTERS[letter]);
}

const ORDER_OF_P256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Of a token that is signed with ES256. */
export function withTheOtherS(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(at), 'base64url');
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  const other = Buffer.from((ORDER_OF_P256 - s).toString(16).padStart(64, '0'), 'hex');
  return token.slice(0, at) + Buffer.concat([signature.subarray(0, 32), other]).toString('base64url');
}
