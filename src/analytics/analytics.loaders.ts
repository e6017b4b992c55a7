import DataLoader from "dataloader";
import type { Sql } from "sql-template-tag";
import type { PaperConnection } from "../papers/list/paper-connection.js";
import type { PaperFilter } from "../papers/list/paper.filter.js";
import type { PaperList } from "../papers/list/paper-list.sql.js";
import { batchingOf, type Batching } from "../platform/work/batching.js";
import type { AnalyticsStore } from "./analytics.store.js";
import type { AnswerRow, Question } from "./aggregation.js";
import type { Asker } from "./shared-answer.js";

interface Asked {
  question: Question;
  parent: number;
}

/** Collects what one request asks about the papers of a list: one statement answers all of it, for all parents. */
export class AnalyticsLoaders {
  private readonly perPapers = new Map<string, DataLoader<Asked, AnswerRow[], string>>();

  /** @param asker the request; null for the server itself. */
  constructor(
    private readonly store: AnalyticsStore,
    private readonly asker: Asker | null = null,
    private readonly batching: Batching = batchingOf(null),
  ) {}

  /**
   * @param without the part of the caller's filter that does not count.
   * @returns the question's rows for the connection's parent, as the type that the caller knows them to have.
   */
  async ask<Row>(
    { list, parent }: PaperConnection,
    question: Question,
    without?: keyof PaperFilter,
  ): Promise<Row[]> {
    const where = without ? await list.whereWithout(without) : null;
    const loader = this.ofPapers(
      list,
      where ? `${list.spelling} ${without}` : list.fingerprint,
      where ?? list.where,
    );
    return (await loader.load({ question, parent })) as unknown as Row[];
  }

  private ofPapers(list: PaperList, key: string, where: Sql): DataLoader<Asked, AnswerRow[], string> {
    let loader = this.perPapers.get(key);
    if (!loader) {
      loader = new DataLoader((asked) => this.load(list, where, asked), {
        ...this.batching,
        cacheKeyFn: ({ question, parent }) => `${parent} ${question.key}`,
      });
      this.perPapers.set(key, loader);
    }
    return loader;
  }

  private async load(list: PaperList, where: Sql, asked: readonly Asked[]): Promise<AnswerRow[][]> {
    const parents = [...new Set(asked.map(({ parent }) => parent))];
    const questions = [...new Map(asked.map(({ question }) => [question.key, question])).values()];
    const answers = await this.store.answers(list, where, parents, questions, this.asker);
    const place = new Map(questions.map(({ key }, index) => [key, index]));
    return asked.map(
      ({ question, parent }) => answers[parents.indexOf(parent)]?.[place.get(question.key) ?? 0] ?? [],
    );
  }
}
