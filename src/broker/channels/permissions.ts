import type { ChannelRule, ChannelRules } from "./channel-rules.js";
import { DISCONNECTS, ERRORS } from "../protocol/codes.js";

/*
 * The permissions of clients in channels: https://centrifugal.dev/docs/server/channel_permissions.
 * A user with an empty ID is anonymous and also needs the `_anonymous` options.
 */

/** A client that needs a permission, and the rules. */
interface Asker {
  readonly user: string;
  readonly core: { readonly rules: ChannelRules };
}

type Action = "publish" | "presence" | "history";

/**
 * The rule of a channel that a client named in a command.
 *
 * @throws Disconnect 3501 without a channel, CommandError 102 for an unknown channel, 107 for a name
 *   that clients may not use.
 */
export function ruleForClient({ core }: Pick<Asker, "core">, channel: string): ChannelRule {
  if (channel === "") throw DISCONNECTS.badRequest;
  const rule = core.rules.find(channel);
  if (rule === undefined) throw ERRORS.unknownChannel;
  if (!rule.validName) throw ERRORS.badRequest;
  return rule;
}

export function maySubscribe(
  { user, core }: Asker,
  channel: string,
  { options, userLimited }: ChannelRule,
): boolean {
  if (userLimited) return core.rules.namesUser(channel, user);
  return (
    options.allow_subscribe_for_client && (user !== "" || options.allow_subscribe_for_anonymous)
  );
}

/** @param subscribed Whether the client is subscribed, or will be. */
export function may(
  action: Action,
  { user }: Pick<Asker, "user">,
  { options }: ChannelRule,
  subscribed: boolean,
): boolean {
  const asClient = options[`allow_${action}_for_client`];
  const asSubscriber = subscribed && options[`allow_${action}_for_subscriber`];
  return (asClient || asSubscriber) && (user !== "" || options[`allow_${action}_for_anonymous`]);
}
