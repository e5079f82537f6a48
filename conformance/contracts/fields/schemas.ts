import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Point = z.object({ x: z.number(), y: z.number() }).meta({ id: "Point" });

const Fields = z
  .object({
    required: z.string(),
    optional: z.string().optional(),
    nullable: z.string().nullable(),
    nullable_number: z.int().nullable(),
    nullable_or_absent: z.int().nullable().default(null),
    optional_nullable: z.boolean().nullable().optional(),
    nullable_point: Point.nullable().default(null),
    optional_point: Point.optional(),
    text: z.string().default('a "quoted" text\n\u2028 ü € 😀 \u007f'),
    number: z.number().default(1e-7),
    whole: z.number().default(2),
    large: z.number().default(1e21),
    negative: z.int().default(-1),
    flag: z.boolean().default(false),
    empty: z.array(z.int()).default([]),
    filled: z.array(z.string()).default(["b", "a"]),
    map: z.record(z.string(), z.int()).default({}),
    filled_map: z.record(z.string(), z.number()).default({ b: 1, a: 0.5, "2": 0, "1": 0 }),
    point: Point.default({ x: 0, y: -0.5 }),
    points: z.array(Point).default([{ x: 1, y: 1 }]),
  })
  .meta({ id: "Fields" });

websocketRpc("fields.echo", { params: Fields, result: Fields, registry })(notCalled);
