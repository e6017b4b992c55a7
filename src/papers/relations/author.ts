import type { Author } from "../../catalogue/authors/author.entity.js";

export type { Author };

/** An author in a paper's list of authors. */
export type ListedAuthor = Author & Required<Pick<Author, "paperKey" | "position">>;
