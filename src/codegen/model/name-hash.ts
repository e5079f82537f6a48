/**
 * Four hexadecimal digits from a text (FNV-1a): a suffix that tells names apart and depends on
 * nothing but the text.
 */
export function hash4(text: string): string {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  return ((state ^ (state >>> 16)) & 0xffff).toString(16).padStart(4, "0");
}
