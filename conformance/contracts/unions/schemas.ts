import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Circle = z.object({ kind: z.literal("circle"), radius: z.number() }).meta({ id: "Circle" });
const Square = z.object({ kind: z.literal("square"), side: z.number() }).meta({ id: "Square" });
const Shape = z.discriminatedUnion("kind", [Circle, Square]).meta({
  id: "Shape",
  description: "A shape.",
});
const Cat = z.object({ meows: z.boolean() }).meta({ id: "Cat" });
const Dog = z.object({ barks: z.boolean() }).meta({ id: "Dog" });
const Pet = z.union([Cat, Dog]).meta({ id: "Pet" });

const Unions = z
  .object({
    shape: z.discriminatedUnion("kind", [Circle, Square]),
    named_shape: Shape,
    nullable_shape: z.discriminatedUnion("kind", [Circle, Square]).nullable(),
    shapes: z.array(Shape),
    pet: z.union([Cat, Dog]),
    nullable_pet: z.union([Cat, Dog]).nullable().default(null),
    named_pet: Pet,
    text_or_number: z.union([z.string(), z.int()]),
    scalar: z.union([z.string(), z.number(), z.boolean()]).nullable(),
    text_or_list: z.union([z.string(), z.array(z.string())]),
    nested: z.union([z.union([z.int(), z.string()]), z.array(z.int()), z.null()]),
    bounded: z.union([z.int().min(0), z.string().min(1)]),
    described: z.union([z.string(), z.int()]).describe("A name or a number."),
  })
  .meta({ id: "Unions" });

websocketRpc("unions.echo", { params: Unions, result: Unions, registry })(notCalled);
websocketRpc("unions.shape", { params: Shape, result: Pet, registry })(notCalled);
