import { Type, type Static } from "typebox";
import { moment, named, ref } from "./named.schema.js";

/** What the source told of its users beyond their names; absent where it did not. */
const told = {
  _id: Type.Optional(Type.String({ description: "The id that the source gave." })),
  avatarUrl: Type.Optional(Type.String({ description: "May be relative to the site it was imported from." })),
  fullname: Type.String({ description: "The name as people write it; the user name where it is not known." }),
  type: Type.Literal("user"),
  isPro: Type.Boolean(),
  isHf: Type.Optional(Type.Boolean()),
  isHfAdmin: Type.Optional(Type.Boolean()),
  isMod: Type.Optional(Type.Boolean()),
  followerCount: Type.Optional(Type.Integer()),
  isUserFollowing: Type.Optional(Type.Boolean()),
};

const handles = {
  user: Type.String({ description: "The user name." }),
  name: Type.String({ description: "The user name again." }),
};

export const HfUser = named("User", "Somebody who submits, comments on or writes papers.", {
  ...told,
  ...handles,
});
export type HfUser = Static<typeof HfUser>;

export const HfAuthor = named("Author", "A name in a paper's list of authors.", {
  _id: Type.Optional(Type.String({ description: "The id that the source gave." })),
  name: Type.String(),
  hidden: Type.Boolean({ description: "Whether the source hides the author." }),
  status: Type.Optional(Type.String({ description: "How surely `user` is this author." })),
  statusLastChangedAt: Type.Optional(moment("When the status last changed.")),
  user: Type.Optional(ref(HfUser)),
});
export type HfAuthor = Static<typeof HfAuthor>;

export const HfOrganization = named("Organization", "An organisation that a paper comes from.", {
  _id: Type.Optional(Type.String({ description: "The id that the source gave." })),
  name: Type.String({ description: "The name in addresses." }),
  fullname: Type.String(),
  avatar: Type.Optional(Type.String()),
});
export type HfOrganization = Static<typeof HfOrganization>;

export const OrganizationOverview = named(
  "OrganizationOverview",
  "An organisation. Keys of which nothing is known here are absent.",
  {
    _id: Type.Optional(Type.String()),
    name: Type.String({ description: "The name in addresses." }),
    fullname: Type.String(),
    avatarUrl: Type.Optional(Type.String()),
    type: Type.Literal("org"),
    numPapers: Type.Integer(),
  },
);
export type OrganizationOverview = Static<typeof OrganizationOverview>;

export const UserOverview = named("UserOverview", "A user and how much they did.", {
  ...told,
  ...handles,
  createdAt: moment("When the user was first known here."),
  numPapers: Type.Integer({ description: "Papers among whose authors the user is." }),
  numSubmitted: Type.Integer({ description: "Papers that the user put into Daily Papers." }),
  numUpvotes: Type.Integer({ description: "Upvotes that the user gave here." }),
  numComments: Type.Integer({ description: "Comments that the user wrote here." }),
  orgs: Type.Array(Type.Object({}), { description: "Memberships are not known here: always empty." }),
});
export type UserOverview = Static<typeof UserOverview>;
