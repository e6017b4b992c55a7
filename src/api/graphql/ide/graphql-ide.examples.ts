/** What a newcomer finds on the query page, each in a tab of its own; a test asks all of them. */
export const EXAMPLES: readonly { name: string; query: string }[] = [
  {
    name: "Search",
    query: `# Words, "phrases", -not, OR, prefix*, title: author: org: tag: year:2023..2025
query Search {
  papers(search: "nvidia quantization", first: 10) {
    totalCount
    edges {
      score
      node { title url publishedAt upvoteCount tags { name } organisations { name } }
      highlights { field fragment ranges { start end } }
    }
    searchInfo { interpretedAs didYouMean warnings }
    pageInfo { endCursor hasNextPage }
  }
}`,
  },
  {
    name: "Filter",
    query: `query Filter {
  papers(
    filter: { year: { gte: 2024 }, tags: { anyOf: ["large-language-models"] }, not: { hasCode: false } }
    orderBy: [{ field: UPVOTES }, { field: PUBLISHED_AT }]
    first: 10
  ) {
    nodes { title publishedAt upvoteCount codeUrl authors { name } }
  }
}`,
  },
  {
    name: "Daily papers",
    query: `query DailyPapers {
  dailyPapers {
    period { key previousKey nextKey }
    papers { totalCount nodes { title upvoteCount submittedAt submittedBy { username } } }
  }
}`,
  },
  {
    name: "Tags and organisations",
    query: `query Browse {
  tags(first: 10) { nodes { slug name paperCount related(first: 3) { name } } }
  organisations(search: "nvidia") { nodes { name paperCount papers(first: 3) { nodes { title } } } }
}`,
  },
  {
    name: "Upvote",
    query: `# Needs an access token: under "Auth", choose "Bearer token" and paste the one that the server printed.
mutation Upvote {
  addUpvote(input: { paperId: "2505.24864" }) {
    changed
    paper { title upvoteCount viewerHasUpvoted }
  }
}`,
  },
];
