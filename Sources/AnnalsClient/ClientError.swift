public import BSON

/// Why a call has no result.
public enum ClientError: Error, Sendable, CustomStringConvertible {
    case badURL(String)
    /// The server could not be reached, or went away; for an append it is not known whether it arrived. Calls that may be
    /// repeated were.
    case unreachable(String)
    /// The server says no.
    case problem(ServerProblem)
    /// What came is not what this server answers.
    case badAnswer(String)

    /// Whether it may go by itself.
    var mayPass: Bool {
        if case .problem(let problem) = self { problem.status == 503 || problem.status == 429 } else { false }
    }

    public var description: String {
        switch self {
        case .badURL(let url): "\(url) is no http or https URL"
        case .unreachable(let reason): reason
        case .problem(let problem): "\(problem)"
        case .badAnswer(let reason): reason
        }
    }
}

/// A problem document (RFC 9457) of the server.
public struct ServerProblem: Sendable, CustomStringConvertible {
    public let status: Int
    /// All that it says.
    public let document: Document
    /// After how many seconds it may be tried again.
    public let retryAfter: Int?

    /// The kind, such as `refused` or `conflict`.
    public var name: String { text("type").split(separator: "/").last.map(String.init) ?? "" }
    public var title: String { text("title") }
    public var detail: String { text("detail") }

    /// What is wrong, field by field.
    public var errors: [Document] {
        guard case .array(let errors)? = document["errors"] else { return [] }
        return errors.compactMap { if case .document(let error) = $0 { error } else { nil } }
    }

    private func text(_ name: String) -> String {
        if case .string(let text)? = document[FieldPath(name)] { text } else { "" }
    }

    public var description: String { "\(status) \(title): \(detail)" }
}
