public import BSON

/// What is wrong with a note, a key or a proof, and where.
public struct ProofError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was read: `note`, `key`, `proof`.
    public let subject: String
    /// The line, from 1, or the member; empty: the whole.
    public let place: String
    public let problem: String

    package init(_ subject: String, _ place: String, _ problem: String) {
        self.subject = subject
        self.place = place
        self.problem = problem
    }

    public var description: String { place.isEmpty ? "\(subject): \(problem)" : "\(subject), \(place): \(problem)" }

    /// A file that is not JSON.
    public init(_ error: JSONError) { self.init("proof", "", "\(error)") }
}
