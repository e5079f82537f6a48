import { z } from "zod";
import type { Contract } from "../../src/protocol/index.js";
import { contractOf, type Declaration } from "../contract-of.js";

/** Names of fields that fall together in a language, or that its syntax cannot hold. */
export function fieldnames(): Contract {
  const texts = (...names: string[]) =>
    z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  const twins = texts("userId", "user_id", "user-id", "USER_ID", "a", "A", "class", "class_");
  const unspeakable = texts(
    "",
    "-",
    " ",
    '"',
    ",",
    "`",
    "\\",
    "\n",
    'a"b,c`d\\e\nf',
    "🏓",
    "ﬁ",
    "fi",
  );
  const options = z.object({
    optional_twin: z.string().optional(),
    optionalTwin: z.int().nullish(),
    "": z.int().optional(),
    "a,omitempty": z.array(z.string()),
    "nested`": z.object({ '"': z.int() }).nullable(),
    nested: z.record(z.string(), z.int()),
  });
  const reserved = texts(
    ...`and as assert async await break case chan class const continue def default defer del elif
    else enum except export extends fallthrough False finally for from func function global go goto
    if implements import in instanceof interface is lambda let map match new None nonlocal not null
    or package pass private protected public raise range return select static struct super switch
    this throw True try type typeof undefined var void while with yield`.split(/\s+/),
  );
  const members = texts(
    ...`__proto__ constructor hasOwnProperty toString valueOf toJSON then prototype length name
    self cls fields root model_id copy json dict schema validate construct register mro
    model_config model_dump model_fields model_computed_fields model_post_init _x __x __x__ _
    error string marshal_json unmarshal_json is_valid unknown extra rest
    timeout signal idempotency_key ctx err opts options params result`.split(/\s+/),
  );
  const types = z.object({
    date: z.iso.date().optional(),
    datetime: z.iso.datetime().optional(),
    time: z.iso.duration().optional(),
    uuid: z.uuid().optional(),
    decimal: z.stringFormat("decimal", /^\d+$/).optional(),
    list: z.array(z.int()).optional(),
    dict: z.record(z.string(), z.int()).optional(),
    str: z.string().optional(),
    int: z.int().optional(),
    float: z.number().optional(),
    bool: z.boolean().optional(),
    bytes: z.base64().optional(),
    tuple: z.tuple([z.int()]).optional(),
    any: z.unknown().optional(),
    object: z.object({ object: z.string() }).optional(),
  });
  const initialisms = texts("userID", "URLParser", "ids", "HTTPSPort", "iOS", "x1Y2", "v2Api");
  return contractOf({
    "fields.twins": { params: twins, result: twins },
    "fields.unspeakable": { params: unspeakable, result: unspeakable },
    "fields.options": { params: options, result: options },
    "fields.reserved": { params: reserved, result: reserved },
    "fields.members": { params: members, result: members },
    "fields.types": { params: types, result: types },
    "fields.initialisms": { params: initialisms, result: initialisms },
  });
}

/** Names of methods and models that a language or the base clients have taken. */
export function members(): Contract {
  const methods = [
    ..."connect disconnect call subscribe close on ready then constructor toString toJSON".split(
      " ",
    ),
    ..."valueOf hasOwnProperty prototype client write_byte string error marshal_json".split(" "),
    ..."async.await del.None import.from func.range type.select map.chan x.self x.__init__".split(
      " ",
    ),
    ..."x.then error.string test.run linux.get amd64.get json.load typing.any asyncio.run".split(
      " ",
    ),
    "a.b.c.d.e.run",
    "ping.🏓",
    `long.${"name_".repeat(12)}end`,
  ];
  const models = [
    ..."Object Array Promise Record Date Error Map Set Symbol Function String Number".split(" "),
    ..."Any Never Unknown BaseModel Field Client Literal Optional Annotated None True".split(" "),
    ..."RPCError ConnectionError APIClient CallOptions ErrorCode Decimal UUID Time Int64".split(
      " ",
    ),
    ..."NewAPIClient Ptr Bool Byte Int Len Make Nil Self Type Model Params Result".split(" "),
  ];
  const fields = models.map((id) => [
    `f_${id.toLowerCase()}`,
    z.object({ x: z.int() }).meta({ id }),
  ]);
  const none: Declaration = {};
  return contractOf({
    ...Object.fromEntries(methods.map((name) => [name, none])),
    "models.put": {
      params: z.object(Object.fromEntries(fields) as Record<string, z.ZodType>),
      result: z.object(Object.fromEntries(fields) as Record<string, z.ZodType>),
    },
    "enums.put": {
      params: z.object({
        name: z.enum(["none", "true", "type", "self", "error", "string"]).meta({ id: "Kind" }),
        other: z.enum(["none", "kind"]).meta({ id: "Sort" }),
      }),
    },
  });
}

/** What is deprecated, and whose texts are whose. */
export function deprecations(): Contract {
  const point = z.object({ x: z.int() }).meta({ id: "Point", description: "A point." });
  const old = z.object({ y: z.int() }).meta({ id: "Old", description: "Old.", deprecated: true });
  const params = z.object({
    used: z.string().describe("Still in use."),
    unused: z.string().optional().meta({ deprecated: true }),
    replaced: z.string().default("a").meta({ deprecated: true, description: "Use `used`." }),
    site: point.describe("The text of the field."),
    own: point,
    empty: z.string().describe("   "),
    retired: point.optional().meta({ deprecated: true }),
    old: old.optional(),
    warned: z.string().describe("Deprecated: not really.\n@deprecated neither"),
  });
  return contractOf({
    "old.method": { deprecated: true, params, result: params },
    "old.reasoned": {
      description: "Does something.",
      deprecated: 'use "old.new" instead: */ it is\nbetter',
    },
    "old.again": { idempotent: true, description: "May be called twice.", result: z.int() },
  });
}
