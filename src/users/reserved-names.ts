/** Names that readers take for the operator, the software or nobody. Without dots, hyphens and underscores. */
const RESERVED = new Set(
  `abuse admin administrator administrators admins anonymous api bot daemon deleted demo everybody everyone ghost guest
  help helpdesk hostmaster info login logout mailerdaemon maintainer maintainers me moderation moderator moderators
  myself nil nobody none noreply null official operator operators owner papergraph postgres postmaster register root
  security self server service signin signup staff superuser support sysadmin system undefined unknown void webmaster
  www`.split(/\s+/),
);

/** Whether nobody gets the name by signing in; the operator may give it to an administrator. */
export function isReserved(username: string): boolean {
  return RESERVED.has(username.toLowerCase().replace(/[._-]/g, ""));
}
