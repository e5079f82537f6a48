import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Closed = z.strictObject({ id: z.int() }).meta({ id: "Closed" });
const Open = z.looseObject({ id: z.int() }).meta({ id: "Open" });
const Counted = z.object({ id: z.int() }).catchall(z.int()).meta({ id: "Counted" });
const Empty = z.object({}).meta({ id: "Empty" });
const Address = z.object({ street: z.string() }).meta({ id: "Address", sensitive: true });
const Derived = z.object({ id: z.int(), name: z.string() }).meta({ id: "Derived" });

const Objects = z
  .object({
    closed: Closed,
    open: Open,
    counted: Counted,
    empty: Empty,
    derived: Derived,
    firstName: z.string(),
    "last-name": z.string().default("").describe("Behind it."),
    class: z.string(),
    password: z.string().meta({ sensitive: true }),
    secret: z.string().meta({ format: "password", writeOnly: true, sensitive: true }),
    address: Address,
    born: z.iso.date().meta({ sensitive: true, description: "A day." }).optional(),
    "x-own": z.string().meta({ "x-b": 1, "x-a": [1.5, null] }),
  })
  .meta({ id: "Objects" });

websocketRpc("objects.echo", { params: Objects, result: Objects, registry })(notCalled);
websocketRpc("objects.empty", { params: Empty, result: Empty, registry })(notCalled);
