import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Status = z.enum(["open", "done"]).meta({ id: "Status", description: "The state of a task." });
const Priority = z.enum({ low: 1, high: 2 }).meta({ id: "Priority" });
const Single = z.enum(["only"]).meta({ id: "Single" });

const Enums = z
  .object({
    status: Status,
    described: Status.meta({ description: "What it was before." }),
    same_words: Status.meta({ description: "The state of a task." }),
    with_default: Status.default("open"),
    nullable: Status.nullable().default(null),
    all: z.array(Status),
    priority: Priority.default(1),
    single: Single,
    inline: z.enum(["red", "green"]),
    nullable_inline: z.enum(["red", "green"]).nullable(),
    numbers: z.literal([1, 2, 3]),
    fractions: z.literal([0.5, 1.5]),
    mixed: z.literal(["a", 1]),
    constant: z.literal("a"),
    constant_number: z.literal(7),
    constant_flag: z.literal(true),
    nothing: z.null(),
  })
  .meta({ id: "Enums" });

websocketRpc("enums.echo", { params: Enums, result: Enums, registry })(notCalled);
