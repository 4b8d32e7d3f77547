/// One place where the views are not what the log makes them.
public struct Difference: Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// `log`: a record that is damaged, missing or out of place. `note`: a signed checkpoint that the log does not
        /// lead to; `replayed` is what was signed.
        /// `root`: of a view, as it is stored, or as its documents lie there.
        /// `anomaly`: an event that one side could not apply, or that it held.
        /// `version`: what is kept of a document with a long history.
        case document, index, posting, state, anomaly, version, count, root, stream, request, merkle, person,
            checkpoint,
            log, note
    }

    public let kind: Kind
    /// The collection, or the name of a table of the log's index.
    public let collection: String
    public let key: String
    /// The first field that differs, for documents that both sides have.
    public let field: String?
    public let live: String?
    public let replayed: String?

    public init(kind: Kind, collection: String, key: String, field: String?, live: String?, replayed: String?) {
        self.kind = kind
        self.collection = collection
        self.key = key
        self.field = field
        self.live = live
        self.replayed = replayed
    }

    public var description: String {
        "\(collection) \(kind.rawValue) \(key)\(field.map { " \($0)" } ?? ""): live \(live ?? "nothing"), replayed \(replayed ?? "nothing")"
    }
}
