public import BSON
public import Views

/// How far a view is that is folded anew while the old one serves.
public struct RebuildStatus: Sendable {
    public enum State: String, Sendable {
        /// Others come first.
        case waiting
        case folding
        /// Its documents are held against those that serve.
        case comparing
        /// It waits to be let serve, or to be thrown away.
        case ready
        /// It serves now; what served before is kept.
        case serves
        /// It does not serve: its documents are not those that do. It is thrown away.
        case differs
        /// Thrown away, as was asked.
        case discarded
        /// The store was closed: it goes on at the next start.
        case interrupted
        case failed

        /// Whether nothing will come of it any more by itself.
        public var isOver: Bool {
            switch self {
            case .waiting, .folding, .comparing: false
            case .ready, .serves, .differs, .discarded, .interrupted, .failed: true
            }
        }
    }

    public let collection: String
    public let purpose: SlotProgress.Purpose
    public internal(set) var state = State.waiting
    /// How far it is folded.
    public internal(set) var position: UInt64 = 0
    /// How far it has to be.
    public internal(set) var through: UInt64 = 0
    /// How long it will take at the pace so far; `nil` where that is not known.
    public internal(set) var secondsLeft: Double?
    /// Where its documents are not those that serve: the first hundred, of a comparison at `comparedAt`.
    public internal(set) var differences: [Difference] = []
    public internal(set) var comparedAt: UInt64?
    /// Why it failed.
    public internal(set) var reason: String?

    init(_ collection: String, _ purpose: SlotProgress.Purpose) {
        self.collection = collection
        self.purpose = purpose
    }
}

extension RebuildStatus {
    /// What callers say of a purpose.
    public static let purposes: [(name: String, purpose: SlotProgress.Purpose)] = [
        ("serve", .toServe), ("serve-if-equal", .toServeIfEqual), ("review", .toReview),
    ]

    /// As JSON.
    public var document: Document {
        [
            "collection": .string(collection),
            "purpose": Self.purposes.first { $0.purpose == purpose }.map { .string($0.name) } ?? .null,
            "state": .string(state.rawValue), "position": .int64(Int64(clamping: position)),
            "through": .int64(Int64(clamping: through)),
            "secondsLeft": secondsLeft.map { .double(($0 * 10).rounded() / 10) } ?? .null,
            "comparedAt": comparedAt.map { .int64(Int64(clamping: $0)) } ?? .null,
            "differences": .array(differences.map { .document($0.document) }),
            "reason": reason.map { .string($0) } ?? .null,
        ]
    }
}
