// SPDX-License-Identifier: MIT
// The wire as the test client sees it: doors, their addresses, and one reading for three spellings.

export interface Door {
  path: string;
  envelope: boolean;
  /** Subscribed at once, without being told so. */
  gives: string[];
}

export const doors: Record<string, Door> = {
  "/ws/connect": { path: "/ws/connect", envelope: false, gives: [] },
  "/ws": { path: "/ws", envelope: false, gives: ["daemon", "watch"] },
  "/ws/channel": { path: "/ws/channel/", envelope: false, gives: [] },
  "/": { path: "/", envelope: true, gives: [] },
};

export interface Settings {
  door: string;
  /** The channel in the address of /ws/channel/{name}. */
  name: string;
  token: string;
  clientId: string;
  userId: string;
  compress: boolean;
}

/** Path and query; the token is given apart so that a line to copy can leave it out. */
export function target(settings: Settings, token = settings.token): string {
  const door = doors[settings.door]!;
  const path = settings.door === "/ws/channel" ? door.path + encodeURIComponent(settings.name) : door.path;
  const query = new URLSearchParams();
  if (settings.clientId !== "") query.set("client_id", settings.clientId);
  if (settings.userId !== "") query.set("user_id", settings.userId);
  if (settings.compress) query.set("compress", "1");
  if (token !== "") query.set("token", token);
  return query.size > 0 ? `${path}?${query}` : path;
}

export function origin(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
}

let asked = 0;

/** A message as the door wants it: flat, or a request in the envelope. */
export function spell(settings: Settings, type: string, members: Record<string, unknown>): string {
  if (!doors[settings.door]!.envelope) return JSON.stringify({ type, ...members });
  return JSON.stringify({ type: "request", event: type, data: members, correlation_id: `t${++asked}` });
}

export function wscatLine(settings: Settings, channels: string[]): string {
  // In double quotes only these keep a meaning for the shell; the token stays in the reader's own variable.
  const address = (origin() + target(settings, "")).replace(/[!$`"\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const token = settings.token === "" ? "" : ' -H "X-BranchPy-Token: $BPYD_TOKEN"';
  if (channels.length === 0) return `wscat -c "${address}"${token}`;
  const message = spell(settings, "subscribe", channels.length === 1 ? { channel: channels[0] } : { channels });
  return `wscat -c "${address}"${token} -w 86400 -x '${message.replaceAll("'", `'\\''`)}'`;
}

export interface Message {
  type: string;
  channel: string;
  seq: number | null;
  /** On a channel and numbered; everything else is an answer or a greeting. */
  isEvent: boolean;
  /** Where an answer's members are: the message itself or the envelope's data. */
  body: Record<string, unknown>;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function read(raw: string): Message {
  let message: unknown;
  try {
    message = JSON.parse(raw);
  } catch {
    message = null;
  }
  if (!isObject(message)) return { type: "", channel: "", seq: null, isEvent: false, body: {} };
  const kind = text(message.type);
  const envelope = ["event", "response", "request"].includes(kind) && typeof message.event === "string";
  const body = envelope && isObject(message.data) ? message.data : message;
  const type = envelope ? text(message.event) : kind;
  const numbered = typeof message.channel === "string" && typeof message.seq === "number";
  const acknowledges = (type === "subscribed" && "epoch" in message) || (type === "published" && "subscribers" in message && !("data" in message));
  const isEvent = numbered && (envelope ? kind === "event" : !acknowledges);
  const source = isEvent ? message : body;
  return { type, channel: text(source.channel), seq: typeof source.seq === "number" ? source.seq : null, isEvent, body };
}

/** The channels a client's message names. */
export function named(body: Record<string, unknown>): string[] {
  const list = [body.channel, body.channels, body.topics].flat();
  return list.filter((name): name is string => typeof name === "string" && name !== "");
}

export const isWildcard = (name: string): boolean => name.endsWith("*");

export function matches(pattern: string, channel: string): boolean {
  return isWildcard(pattern) ? channel.startsWith(pattern.slice(0, -1)) : pattern === channel;
}

/** What is wrong with a text that should be one JSON value; "" when nothing is. */
export function jsonFault(raw: string): string {
  try {
    JSON.parse(raw);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Indented pieces of a JSON text with their kind. The text is not parsed: numbers stay as they came. */
export function* pieces(raw: string): Generator<[text: string, kind: string]> {
  let depth = 0;
  const line = (): string => `\n${"  ".repeat(depth)}`;
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|([{[])(\s*[}\]])?|[}\]]|,|[^\s{}[\]:,"]+/g;
  for (let found = token.exec(raw); found !== null; found = token.exec(raw)) {
    const [whole, string, colon, opens, closes] = found;
    if (string !== undefined) {
      yield colon === undefined ? [string, "string"] : [string, "key"];
      if (colon !== undefined) yield [": ", ""];
    } else if (opens !== undefined) {
      if (closes === undefined) depth++;
      yield closes === undefined ? [opens + line(), ""] : [opens + closes.trim(), ""];
    } else if (whole === "}" || whole === "]") {
      depth--;
      yield [line() + whole, ""];
    } else {
      yield whole === "," ? [`,${line()}`, ""] : [whole, "value"];
    }
  }
}
