/** The largest request body that is read, in bytes. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/**
 * How deeply the arrays and objects of a body may be nested. They are read recursively here and in
 * clients; Python's parser stops at about 1000.
 */
export const MAX_JSON_DEPTH = 256;

/** Why a body was not read. */
export type UnreadBody = "too_large" | "malformed" | "too_deep";

/** The body as a value, or why there is none. Reading stops at the limit. */
export async function readJson(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number = MAX_BODY_BYTES,
): Promise<{ value: unknown } | { unread: UnreadBody }> {
  const text = await readText(body, maxBytes);
  if (text === undefined) return { unread: "too_large" };
  if (depthOf(text) > MAX_JSON_DEPTH) return { unread: "too_deep" };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { unread: "malformed" };
  }
}

async function readText(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether a value is nested too deeply to be one level inside a body. */
export function isTooDeep(inner: unknown): boolean {
  let values = [inner];
  for (let depth = 1; depth <= MAX_JSON_DEPTH; depth++) {
    const containers = values.filter((value) => typeof value === "object" && value !== null);
    if (containers.length === 0) return false;
    values = containers.flatMap((value) => Object.values(value));
  }
  return true;
}

/** How deeply the brackets of a JSON text are nested; any number for other text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "[" || character === "{") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === "}") depth--;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
