/** The source of imported people, in `users.imported_from` and before the colon of their qualified names. */
export const PERSON_SOURCE = "huggingface";
