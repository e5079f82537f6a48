/** A JSON Schema of dialect 2020-12. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** What the server offers: the one input of the client generators. */
export interface Contract {
  /** The version of this form. */
  contract: 1;
  /** Sorted by name. */
  methods: ContractMethod[];
}

/** One method of a {@link Contract}. Its schemas stand alone: every `$ref` is local to its schema. */
export interface ContractMethod {
  name: string;
  /** What the method does; becomes its doc comment in the generated clients. */
  description?: string;
  /** The schema of what a caller may send: fields with a default are optional. */
  params: JsonSchema;
  /** The schema of what a caller receives: fields with a default are there. */
  result: JsonSchema;
}
