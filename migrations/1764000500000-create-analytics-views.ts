import type { MigrationInterface, QueryRunner } from "typeorm";

interface View {
  name: string;
  about: string;
  /** Each column: its name, its SQL and what it is. */
  columns: [name: string, expression: string, about: string][];
  from: string;
}

const DAY = (column: string) => `(${column} AT TIME ZONE 'UTC')::date`;

const VIEWS: View[] = [
  {
    name: "papers",
    about: "Papers, one row each.",
    columns: [
      ["paper_id", "p.id", "Number of the paper here; joins the other views."],
      ["id", "p.external_id", "The arXiv id without version, or the id that the paper's source uses."],
      ["title", "p.title", "The title."],
      ["abstract", "t.abstract", "The abstract; null when unknown."],
      [
        "ai_summary",
        "t.ai_summary",
        "A sentence or two that a language model wrote about the paper; null when there is none.",
      ],
      ["published_at", "p.published_at", "When the paper was published."],
      ["published_on", DAY("p.published_at"), "The day of published_at, in UTC."],
      ["submitted_at", "p.submitted_at", "When the paper was put into Daily Papers; null when it was not."],
      [
        "submitted_on",
        DAY("p.submitted_at"),
        "The day of submitted_at, in UTC: the daily list that it is in.",
      ],
      ["upvotes", "p.upvote_count", "Upvotes: those that came with the import and those given here."],
      [
        "comments",
        "p.comment_count",
        "Comments: those that came with the import and those written here, without deleted ones.",
      ],
      ["citations", "p.citation_count", "Citations, as the import said; null when unknown."],
      [
        "venue",
        "p.venue",
        "Where the paper was published: a conference with its year, arXiv; null when unknown.",
      ],
      [
        "author_count",
        "p.author_count",
        "How many authors the paper has; more than there are rows in paper_authors where the source told only their number.",
      ],
      ["code_url", "p.code_url", "The paper's code repository; null when none is known."],
      ["code_stars", "p.code_stars", "Stars of the code repository, as the import said; null when unknown."],
      ["project_url", "p.project_url", "The paper's project page; null when none is known."],
    ],
    from: "public.papers p LEFT JOIN public.paper_texts t ON t.paper_id = p.id",
  },
  {
    name: "tags",
    about: "Tags, one row each.",
    columns: [
      ["tag_id", "g.id", "Number of the tag here; joins paper_tags."],
      ["slug", "g.slug", "The name in addresses: lower case, hyphens for white space."],
      ["name", "g.name", "The commonest spelling."],
      ["papers", "g.paper_count", "How many papers have the tag."],
    ],
    from: "public.tags g",
  },
  {
    name: "organisations",
    about: "Organisations, one row each.",
    columns: [
      ["organisation_id", "o.id", "Number of the organisation here; joins paper_organisations."],
      ["slug", "o.slug", "The name in addresses."],
      ["name", "o.name", "The name."],
      ["papers", "o.paper_count", "How many papers are the organisation's."],
    ],
    from: "public.organisations o",
  },
  {
    name: "authors",
    about: "Names of authors, one row each: people of the same name are one.",
    columns: [
      ["author_id", "a.id", "Number of the name here; joins paper_authors."],
      ["name", "a.name", "The name as papers write it."],
      ["papers", "a.paper_count", "How many papers have this name among their authors."],
    ],
    from: "public.authors a",
  },
  {
    name: "paper_tags",
    about: "Which paper has which tags, one row a pair.",
    columns: [
      ["paper_id", "s.paper_id", "The paper."],
      ["tag_id", "link.id", "The tag."],
      ["position", "link.position::integer", "The place among the paper's tags, from 1."],
    ],
    from: "public.paper_search s CROSS JOIN LATERAL unnest(s.tag_ids) WITH ORDINALITY AS link(id, position)",
  },
  {
    name: "paper_organisations",
    about: "Which paper is of which organisations, one row a pair.",
    columns: [
      ["paper_id", "s.paper_id", "The paper."],
      ["organisation_id", "link.id", "The organisation."],
      ["position", "link.position::integer", "The place among the paper's organisations, from 1."],
    ],
    from: "public.paper_search s CROSS JOIN LATERAL unnest(s.organisation_ids) WITH ORDINALITY AS link(id, position)",
  },
  {
    name: "paper_authors",
    about: "Which paper is by whom, one row a place in a paper's list of authors.",
    columns: [
      ["paper_id", "s.paper_id", "The paper."],
      ["author_id", "link.id", "The author's name."],
      ["position", "link.position::integer", "The place among the paper's authors, from 1."],
    ],
    from: "public.paper_search s CROSS JOIN LATERAL unnest(s.author_ids) WITH ORDINALITY AS link(id, position)",
  },
  {
    name: "daily_upvotes",
    about:
      "Upvotes given here that still stand, by paper and day; days without any have no row. Those that came with the import have no day and are in papers.upvotes alone.",
    columns: [
      ["paper_id", "v.paper_id", "The paper."],
      ["day", DAY("v.created_at"), "The day, in UTC."],
      ["upvotes", "count(*)::integer", "How many readers upvoted the paper on that day."],
    ],
    from: "public.upvotes v GROUP BY 1, 2",
  },
  {
    name: "daily_comments",
    about: "Comments written here and not deleted, by paper and day; days without any have no row.",
    columns: [
      ["paper_id", "c.paper_id", "The paper."],
      ["day", DAY("c.created_at"), "The day, in UTC."],
      ["comments", "count(*)::integer", "How many comments were written on that day, replies among them."],
    ],
    from: "public.comments c WHERE c.deleted_at IS NULL GROUP BY 1, 2",
  },
];

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * Views for people with SQL tools. Their names and columns are a promise, the tables behind them are not: whoever
 * changes a table makes the views anew with the same columns. Nothing in them tells who upvoted or commented.
 */
export class CreateAnalyticsViews1764000500000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query("CREATE SCHEMA analytics");
    await db.query(
      "COMMENT ON SCHEMA analytics IS 'The catalogue for SQL tools: names and columns here stay as they are.'",
    );
    for (const { name, about, columns, from } of VIEWS) {
      const list = columns.map(([column, expression]) => `${expression} AS ${column}`).join(", ");
      await db.query(`CREATE VIEW analytics.${name} AS SELECT ${list} FROM ${from}`);
      await db.query(`COMMENT ON VIEW analytics.${name} IS ${quoted(about)}`);
      for (const [column, , aboutColumn] of columns)
        await db.query(`COMMENT ON COLUMN analytics.${name}.${column} IS ${quoted(aboutColumn)}`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query("DROP SCHEMA analytics CASCADE");
  }
}
