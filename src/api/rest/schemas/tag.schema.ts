import { Type, type Static } from "typebox";
import { named } from "./named.schema.js";

export const TagItem = named("Tag", "A keyword or subject class of papers.", {
  slug: Type.String({ description: "The name in addresses." }),
  name: Type.String({ description: "The name in its commonest spelling." }),
  numPapers: Type.Integer(),
});
export type TagItem = Static<typeof TagItem>;
