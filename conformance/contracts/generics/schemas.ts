import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Task = z.object({ id: z.int() }).meta({ id: "Task" });

function page<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({ items: z.array(item), next: z.string().nullable().default(null) })
    .meta({ id, description: "A part of a longer list." });
}

const Ids = z.array(z.int()).meta({ id: "Ids", description: "The ids of tasks." });
const Name = z.string().min(1).meta({ id: "Name" });
const Tasks = z.record(z.string(), Task).meta({ id: "Tasks" });
const Maybe = Task.nullable().meta({ id: "Maybe" });

websocketRpc("generics.ids", { params: Ids, result: Ids, registry })(notCalled);
websocketRpc("generics.inline", {
  params: z.array(z.int()),
  result: z.array(Task),
  registry,
})(notCalled);
websocketRpc("generics.maybe", { params: Name, result: Maybe, registry })(notCalled);
websocketRpc("generics.nested", {
  params: z.object({ ids: Ids, name: Name, raw: z.array(z.string()) }).meta({ id: "Nested" }),
  result: page(page(Task, "PageTask"), "PagePageTask"),
  registry,
})(notCalled);
websocketRpc("generics.scalar", { params: z.string(), result: z.int().nullable(), registry })(
  notCalled,
);
websocketRpc("generics.tasks", { params: Tasks, result: page(Task, "PageTask"), registry })(
  notCalled,
);
websocketRpc("generics.texts", {
  params: page(z.int(), "PageInt"),
  result: page(z.array(z.string()), "PageListStr"),
  registry,
})(notCalled);
