export type {
  AliasModel,
  ApiError,
  ApiMethod,
  ApiModel,
  EnumBase,
  EnumModel,
  EnumValue,
  Field,
  JsonKind,
  JsonValue,
  Model,
  ObjectModel,
  Origin,
  Type,
  UnionModel,
  Variant,
  WireFormat,
} from "./model/api-model.js";
export { buildModel } from "./read/build-model.js";
export type { BuiltModel } from "./read/build-model.js";
export { ContractError } from "./model/contract-error.js";
export type { ContractProblem } from "./model/contract-error.js";
export type { GeneratedFiles, GeneratorInput } from "./print/generator.js";
export { generateGo } from "./go/index.js";
export { generatePython } from "./python/index.js";
export { generateTypescript } from "./typescript/index.js";
