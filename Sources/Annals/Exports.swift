// `import Annals` is enough for who uses the store: documents, declarations, queries and options come with it.
@_exported public import BSON
@_exported public import Backups
@_exported public import EventLog
@_exported public import Platform
@_exported public import Query
@_exported public import Schema
@_exported public import Views
