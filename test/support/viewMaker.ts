/** What the program makes for typed views beside their datasets, by name. */
export const VIEW_MAKER = [
  "view-maker",
  "view-maker-query",
  "views",
  "views-account",
  "views-agent-tokens",
  "views-maker-role",
  "views-reader-role",
  "views-role",
  "views-sharer-role",
  "views-writer-role",
];
