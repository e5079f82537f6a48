/** A JSON Schema of dialect 2020-12. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** What the server offers: the one input of the client generators. See docs/contract.md. */
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
  /** Callers should use another method: the text says which, `true` says nothing more. */
  deprecated?: true | string;
  /** A call may run twice without harm. */
  idempotent?: true;
  /** The schema of what a caller may send: fields with a default are optional. None: no params. */
  params?: JsonSchema;
  /** The schema of what a caller receives: fields with a default are there. None: no result. */
  result?: JsonSchema;
  /** What the method declares that it fails with, sorted by code. */
  errors?: ContractErrorType[];
  /** Calls and what they give, for documents. */
  examples?: ContractExample[];
}

/** An error that a method declares. The same name means the same error in the whole contract. */
export interface ContractErrorType {
  /** As in `TaskNotFound`. */
  name: string;
  /** 1000 to 1999. */
  code: number;
  description?: string;
  /** The schema of the error's details. None: no details. */
  details?: JsonSchema;
}

/** One call of a method as an example. */
export interface ContractExample {
  description?: string;
  params?: unknown;
  result?: unknown;
}
