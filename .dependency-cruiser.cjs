/** Imports run one way: main → commands → app → api → context → resolvers → stores, loaders → entities, filters → platform, config → shared. */
const FEATURES =
  "papers|catalogue|users|auth|upvotes|comments|search|analytics|import|sample|digest|feeds|export|integrity";

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
      name: "shared-is-at-the-bottom",
      severity: "error",
      from: { path: "^src/shared/" },
      to: { path: `^src/(${FEATURES}|platform|config|api|app|main|context|commands)` },
    },
    {
      name: "config-knows-only-shared",
      severity: "error",
      from: { path: "^src/config/" },
      to: { path: `^src/(${FEATURES}|api|app|main|context|commands)` },
    },
    {
      name: "platform-knows-only-entities",
      comment: "data-source.ts lists the entities; nothing else of a feature is for the platform.",
      severity: "error",
      from: { path: "^src/platform/" },
      to: { path: `^src/(${FEATURES}|api|app|main|context|commands)`, pathNot: "\\.entity\\.ts$" },
    },
    {
      name: "features-do-not-know-the-apis",
      comment: "A feature's routes (feeds, digest) use what api/http has for every route.",
      severity: "error",
      from: { path: `^src/(${FEATURES})/`, pathNot: "\\.routes\\.ts$" },
      to: { path: "^src/(api|app|main|commands)" },
    },
    {
      name: "routes-of-features-use-only-http",
      severity: "error",
      from: { path: `^src/(${FEATURES})/.*\\.routes\\.ts$` },
      to: { path: "^src/(api/(graphql|rest)|app|main|commands)" },
    },
    {
      name: "stores-know-no-resolver",
      severity: "error",
      from: { path: "\\.(store|loaders|entity|filter)\\.ts$" },
      to: { path: "\\.(resolver|routes)\\.ts$" },
    },
    {
      name: "catalogue-knows-no-participation",
      comment: "analytics, upvotes, comments → papers → catalogue, users; never back.",
      severity: "error",
      from: { path: "^src/(papers|catalogue|search|users|auth)/" },
      to: { path: "^src/(analytics|upvotes|comments|import|digest|feeds)/" },
    },
    {
      name: "catalogue-knows-no-papers",
      severity: "error",
      from: { path: "^src/(catalogue/(organisations|tags|authors)|users|auth)/" },
      to: { path: "^src/papers/" },
    },
    {
      name: "typeorm-stays-below",
      comment:
        "Only entities and the database folder use TypeORM; app and the health watcher are given its DataSource.",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: "^src/(platform/database/|app\\.ts|api/http/health/|.*\\.entity\\.ts)",
      },
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
