/**
 * The audit, in the order of its ids, which is that of time. Its two indexes answer every filter: a domain's list is merged
 * from its actors', which are few; each index costs every submission a write.
 */
export const audit = `
  CREATE TABLE audit (
    _id TEXT PRIMARY KEY, at INTEGER NOT NULL, domain TEXT NOT NULL, actor TEXT NOT NULL, token_id TEXT,
    action TEXT NOT NULL, object TEXT NOT NULL, "before" TEXT, "after" TEXT, address TEXT, agent TEXT
  ) WITHOUT ROWID;
  CREATE INDEX audit_of_actor ON audit (domain, actor, _id);
  CREATE INDEX audit_of_object ON audit (object, _id);
`
