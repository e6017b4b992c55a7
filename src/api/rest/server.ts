import type { FastifyInstance } from "fastify";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { Stores } from "../../context/request-context.js";
import { analyticsRoutes } from "./routes/analytics.routes.js";
import { dailyPapersRoutes } from "./routes/daily-papers.routes.js";
import type { Reading } from "../../context/read-router.js";
import { openDoor, withParameterName } from "./rest-context.js";
import { exportRoutes } from "./routes/export.routes.js";
import { figuresRoutes } from "./routes/stats.routes.js";
import { groupsRoutes } from "./routes/groups.routes.js";
import { organizationsRoutes } from "./routes/organizations.routes.js";
import { papersRoutes } from "./routes/papers.routes.js";
import { NewComment, participationRoutes, Upvoted } from "./routes/participation.routes.js";
import { Quicksearch, quicksearchRoutes } from "./routes/quicksearch.routes.js";
import { repositoriesRoutes } from "./routes/repositories.routes.js";
import {
  CoOccurrenceItem,
  FacetsItem,
  GroupItem,
  SeriesItem,
  StatsItem,
  TrendItem,
} from "./schemas/analytics.schema.js";
import { ErrorAnswer } from "./schemas/responses.js";
import { HfComment } from "./schemas/comment.schema.js";
import { DailyItem, HfPaper, ListItem, PaperInfo, SearchItem } from "./schemas/paper.schema.js";
import {
  HfAuthor,
  HfOrganization,
  HfUser,
  OrganizationOverview,
  UserOverview,
} from "./schemas/people.schema.js";
import { TagItem } from "./schemas/tag.schema.js";
import { tagsRoutes } from "./routes/tags.routes.js";
import { usersRoutes } from "./routes/users.routes.js";

const SHAPES = [
  ...[DailyItem, SearchItem, ListItem, PaperInfo, HfPaper],
  ...[HfAuthor, HfUser, HfOrganization, HfComment, NewComment, Upvoted],
  ...[GroupItem, SeriesItem, TrendItem, CoOccurrenceItem, StatsItem, FacetsItem],
  ...[OrganizationOverview, UserOverview, TagItem, Quicksearch, ErrorAnswer],
];

const ROUTES = [
  dailyPapersRoutes,
  papersRoutes,
  participationRoutes,
  organizationsRoutes,
  tagsRoutes,
  usersRoutes,
  quicksearchRoutes,
  repositoriesRoutes,
  exportRoutes,
  groupsRoutes,
  analyticsRoutes,
  figuresRoutes,
];

/** Opens the REST door: what Hugging Face's papers API answers, and what goes beyond it. */
export async function registerRest(
  app: FastifyInstance,
  { stores, reading, publicUrl }: { stores: Stores; reading: Reading; publicUrl: string | null },
): Promise<void> {
  const door = openDoor(stores, reading, publicUrl);
  await app.register((scope, _options, done) => {
    // The application's own handler answers; here errors only get this door's names.
    scope.setErrorHandler((error) => {
      throw withParameterName(error);
    });
    scope.addHook("onRoute", app.admission.onRoute);
    scope.addHook("onSend", (request) => door.noteWrite(request));
    // Many clients always say that they send JSON, upvotes too, which have nothing to send.
    const readJson = scope.getDefaultJsonParser("error", "error");
    scope.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
      if (body === "") done(null);
      else void readJson(request, body, done);
    });
    for (const shape of SHAPES) scope.addSchema(shape);
    for (const routes of ROUTES) routes(scope.withTypeProvider<TypeBoxTypeProvider>(), door);
    done();
  });
}
