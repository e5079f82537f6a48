import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Constraints = z
  .object({
    title: z.string().min(1).max(200).describe("What the task is called."),
    code: z
      .string()
      .regex(/^[A-Z]{2}-\d+$/)
      .meta({ title: "The code", examples: ["AB-1", "CD-20"] }),
    age: z.int().min(0).max(150),
    even: z.int().multipleOf(2),
    above: z.int().gt(0),
    ratio: z.number().gt(0).lt(1),
    step: z.number().multipleOf(0.25).min(-1.5),
    small: z.int32(),
    widest: z.int().min(-9007199254740991).max(9007199254740991),
    tags: z.array(z.string().min(1)).min(1).max(5),
    unique: z.array(z.int()).meta({ uniqueItems: true }),
    old: z.string().meta({ deprecated: true, description: "Use title." }).default(""),
    many: z.array(z.int().max(9)).max(3).describe("Up to three.").default([]),
    nullable: z.int().min(1).nullable(),
  })
  .meta({
    id: "Constraints",
    title: "A task with limits",
    description: "What a task may have.\n\nMore of it.",
    examples: [{ title: "Write" }],
  });

const Old = z.object({ id: z.int() }).meta({ id: "Old", deprecated: true });

websocketRpc("constraints.echo", { params: Constraints, result: Constraints, registry })(notCalled);
websocketRpc("constraints.old", { params: Old, result: Old, registry })(notCalled);
