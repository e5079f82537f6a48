import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const int64 = z.string().meta({ format: "int64" });
const uint64 = z.string().meta({ format: "uint64" });
const decimal = z.string().meta({ format: "decimal" });
const time = z.string().meta({ format: "time" });
const instant = z.iso.datetime({ offset: true });

const Formats = z
  .object({
    at: instant,
    aware: instant,
    day: z.iso.date(),
    time,
    duration: z.iso.duration(),
    id: z.uuid(),
    version_4: z.uuid(),
    sequence: int64,
    size: uint64,
    amount: decimal,
    plain_amount: decimal,
    data: z.base64(),
    plain_data: z.base64(),
    token: z.base64url(),
    address: z.ipv4(),
    address_6: z.ipv6(),
    nullable: z.iso.date().nullable().default(null),
    nullable_sequence: int64.nullable(),
    sequences: z.array(int64),
    map: z.record(z.string(), decimal),
    by_id: z.record(z.uuid(), z.int()),
    described: int64.meta({ description: "The place in the log." }),
    default_sequence: int64.default("9007199254740993"),
    default_data: z.base64().default("aGVsbG8="),
    default_amount: decimal.default("9.90"),
    default_at: instant.default("2026-01-31T12:00:00Z"),
    default_day: z.iso.date().default("2026-01-31"),
    default_duration: z.iso.duration().default("PT30S"),
    default_id: z.uuid().default("01890a5d-ac96-774b-bcce-b302099a8057"),
    default_list: z.array(int64).default(["1", "2"]),
  })
  .meta({ id: "Formats" });

websocketRpc("formats.echo", { params: Formats, result: Formats, registry })(notCalled);
