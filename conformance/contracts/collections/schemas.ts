import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Level = z.enum(["low", "high"]).meta({ id: "Level" });
const Point = z.object({ x: z.number(), y: z.number() }).meta({ id: "Point" });

const Collections = z
  .object({
    integers: z.array(z.int()),
    lists: z.array(z.array(z.string())),
    anything: z.array(z.unknown()),
    pair: z.tuple([z.string(), z.int()]),
    points: z.tuple([Point, Point]),
    nullable_pair: z.tuple([z.string(), z.int()]).nullable().default(null),
    nothing: z.tuple([]),
    any_length: z.array(z.int()),
    map: z.record(z.string(), z.int()),
    map_of_points: z.record(z.string(), z.array(Point)),
    map_of_anything: z.record(z.string(), z.unknown()),
    by_level: z.partialRecord(Level, z.int()),
    by_name: z.partialRecord(z.enum(["north", "south"]), Point),
    by_short_key: z.record(z.string().min(1).max(3), z.int()),
    by_pattern: z.record(z.string().regex(/^k-/), z.int()),
    limited_map: z.record(z.string(), z.int()).meta({ minProperties: 1, maxProperties: 10 }),
    levels: z.array(Level).meta({ uniqueItems: true }),
    unknown: z.unknown(),
    "2": z.int(),
    "1": z.int(),
  })
  .meta({ id: "Collections" });

websocketRpc("collections.echo", { params: Collections, result: Collections, registry })(notCalled);
