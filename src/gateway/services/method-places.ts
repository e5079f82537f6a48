import type { Method, Methods } from "../../handlers/index.js";

/** A place with methods: a handler service, or the gateway itself. */
export interface MethodPlace {
  /** Its name in messages. */
  readonly title: string;
  /** Its current methods. */
  methods(): Pick<Methods, "list">;
}

/** A method in several places. */
export interface MethodConflict {
  readonly method: string;
  /** Where its calls go. */
  readonly owner: MethodPlace;
  readonly others: readonly MethodPlace[];
}

interface PlacedMethod {
  readonly place: MethodPlace;
  readonly method: Method;
}

/** The methods of several places; each belongs to one place. */
export class MethodPlaces implements Methods {
  readonly #places: readonly MethodPlace[];
  #placed: ReadonlyMap<string, PlacedMethod> = new Map();

  constructor(places: readonly MethodPlace[]) {
    this.#places = places;
  }

  get(name: string): Method | undefined {
    return this.#placed.get(name)?.method;
  }

  list(): Method[] {
    return [...this.#placed.values()].map(({ method }) => method);
  }

  /** The names of the methods that belong to a place. */
  namesOf(place: MethodPlace): string[] {
    const placed = [...this.#placed.values()].filter((each) => each.place === place);
    return placed.map(({ method }) => method.name);
  }

  /**
   * Reads the current methods. A method in several places stays where it is; a new one belongs to the
   * first place.
   */
  update(): MethodConflict[] {
    const claims = new Map<string, PlacedMethod[]>();
    for (const place of this.#places) {
      for (const method of place.methods().list()) {
        claims.set(method.name, [...(claims.get(method.name) ?? []), { place, method }]);
      }
    }
    const sorted = [...claims].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const conflicts: MethodConflict[] = [];
    const placed = sorted.map(([name, claimants]): [string, PlacedMethod] => {
      const incumbent = this.#placed.get(name)?.place;
      const owner = claimants.find(({ place }) => place === incumbent) ?? claimants[0]!;
      const others = claimants.filter((claimant) => claimant !== owner).map(({ place }) => place);
      if (others.length > 0) conflicts.push({ method: name, owner: owner.place, others });
      return [name, owner];
    });
    this.#placed = new Map(placed);
    return conflicts;
  }
}
