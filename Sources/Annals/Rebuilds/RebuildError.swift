/// Why a rebuild is not begun, or cannot be let serve.
public enum RebuildError: Error, Sendable, CustomStringConvertible {
    /// It is under way.
    case underway(collection: String)
    /// Nothing was built that could serve.
    case nothingReady(collection: String)
    /// What served before is gone, or was folded by another declaration.
    case nothingToReturnTo(collection: String)
    /// Somebody was erased while views were prepared for another program, and what was there went with them.
    case preparationLost

    public var description: String {
        switch self {
        case .underway(let name): "\(name) is being rebuilt; wait until it is done"
        case .nothingReady(let name): "no rebuilt \(name) waits to serve; begin one with --review"
        case .nothingToReturnTo(let name):
            "there is no earlier \(name) to return to: none was rebuilt since, an erasure took it, or it was folded by "
                + "another declaration"
        case .preparationLost: "somebody was erased, and what was prepared went with them; prepare it again"
        }
    }
}
