internal import Annals
internal import BSON
internal import HTTPTypes
internal import Schema

/// Who made a request, and what they may.
struct Caller: Sendable {
    /// What is recorded with what they append; empty where nobody asked who they are.
    let principal: String
    private let scopes: [Scope]
    /// Whether they may use the store's own directory.
    let isLocal: Bool

    init(principal: String, scopes: [Scope], isLocal: Bool = false) {
        self.principal = principal
        self.scopes = scopes
        self.isLocal = isLocal
    }

    /// Whoever comes where no key is asked for.
    static let anybody = Caller(principal: "", scopes: [.admin])

    /// Who may use the store's own directory.
    static let local = Caller(principal: "local", scopes: [.admin], isLocal: true)

    /// Who showed no key where one is asked for.
    static let stranger = Caller(principal: "", scopes: [])

    func may(_ permission: Permission) -> Bool { scopes.contains { $0.allows(permission) } }

    /// - Throws: 403, with what is missing.
    func require(_ permission: Permission) throws(Problem) {
        guard !may(permission) else { return }
        var problem = Problem(
            .forbidden, "scope", "The key does not allow it", "this takes a key with the scope \(permission)")
        problem.more = [("scope", .string(permission.description))]
        throw problem
    }

    /// - Throws: 403, unless events of its type, by the name that it has now, may be appended.
    func require(appending event: NewEvent, _ catalogue: Catalogue) throws(Problem) {
        try require(appending: event.type, catalogue)
    }

    /// - Throws: 403, unless such events may be appended; where it is not said which, any.
    func require(appending type: String, _ catalogue: Catalogue) throws(Problem) {
        guard type.isEmpty else {
            return try require(.append(catalogue.type(type)?.event.name.description ?? type))
        }
        guard !catalogue.eventTypes.contains(where: { may(.append($0.event.name.description)) }) else { return }
        try require(.append("*"))
    }
}
