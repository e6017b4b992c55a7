/** Imports run one way: main → app → doors and context → resolvers, routes → stores, loaders → entities, filters → shared. */
const FEATURES =
  "check|papers|organisations|tags|authors|users|upvotes|comments|search|analytics|import|sample|digest|feeds|export|analytics-sql";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: ["\\.d\\.ts$"] }, to: {} },
    {
      name: "shared-knows-no-feature",
      severity: "error",
      from: { path: "^src/shared/" },
      to: { path: `^src/(${FEATURES}|graphql|rest|app|main|context|commands)` },
    },
    {
      name: "database-knows-only-entities",
      comment: "data-source.ts lists the entities; nothing else of a feature is for the database folder.",
      severity: "error",
      from: { path: "^src/database/" },
      to: { path: `^src/(${FEATURES}|graphql|rest|app|main|context|commands)`, pathNot: "\\.entity\\.ts$" },
    },
    {
      name: "features-do-not-know-the-doors",
      severity: "error",
      from: { path: `^src/(${FEATURES})/` },
      to: { path: "^src/(graphql|rest|app|main|commands|cli)" },
    },
    {
      name: "only-routes-speak-http",
      severity: "error",
      from: { path: `^src/(${FEATURES}|shared)/`, pathNot: "\\.routes\\.ts$" },
      to: { path: "^src/http/" },
    },
    {
      name: "stores-know-no-resolver",
      severity: "error",
      from: { path: "\\.(store|loaders|entity|filter)\\.ts$" },
      to: { path: "\\.(resolver|routes)\\.ts$" },
    },
    {
      name: "catalogue-knows-no-participation",
      comment: "analytics, upvotes, comments → papers → organisations, tags, authors, users; never back.",
      severity: "error",
      from: { path: "^src/(papers|organisations|tags|authors|search|users)/" },
      to: { path: "^src/(analytics|upvotes|comments|import|digest|feeds)/" },
    },
    {
      name: "names-know-no-papers",
      severity: "error",
      from: { path: "^src/(organisations|tags|authors|users)/" },
      to: { path: "^src/papers/" },
    },
    {
      name: "typeorm-stays-below",
      comment:
        "Only entities and the database folder speak to TypeORM; app and health are handed its DataSource.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(database/|app\\.ts|health/|.*\\.entity\\.ts)" },
      to: { path: "node_modules/typeorm/" },
    },
    {
      name: "no-dev-dependencies",
      severity: "error",
      from: { path: "^(src|migrations)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
    },
  },
};
