import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Node = z
  .object({
    name: z.string(),
    get children(): z.ZodDefault<z.ZodArray<typeof Node>> {
      return z.array(Node).default([]);
    },
    get parent(): z.ZodDefault<z.ZodNullable<typeof Node>> {
      return Node.nullable().default(null);
    },
  })
  .meta({ id: "Node", description: "A node of a tree." });

const Tree = z
  .object({
    root: Node,
    get subtrees() {
      return z.record(z.string(), Tree).default({});
    },
  })
  .meta({ id: "Tree" });

const Author = z
  .object({
    name: z.string(),
    get books() {
      return z.array(Book);
    },
  })
  .meta({ id: "Author" });

const Book = z
  .object({
    title: z.string(),
    get authors(): z.ZodArray<typeof Author> {
      return z.array(Author);
    },
    get sequel(): z.ZodNullable<typeof Book> {
      return Book.nullable();
    },
  })
  .meta({ id: "Book" });

websocketRpc("recursion.node", { params: Node, result: Node, registry })(notCalled);
websocketRpc("recursion.tree", { params: Tree, result: Node, registry })(notCalled);
websocketRpc("recursion.authors", { params: Author, result: Book, registry })(notCalled);
