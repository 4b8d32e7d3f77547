@testable import AnnalsHTTP

extension AnnalsHTTP.Operation {
    /// Its path, with names that exist in place of those in braces.
    var samplePath: String {
        path.replacing("{type}", with: "user.registered").replacing("{id}", with: Sample.objectID(1))
            .replacing("{name}", with: "users")
    }
}
