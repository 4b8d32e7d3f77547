import ArgumentParser

/// Of which collections differences are told, and how many of their documents.
struct DifferenceChoice: ParsableArguments {
    @Option(
        name: .customLong("collection"),
        help: ArgumentHelp("Only this collection. May be given more than once.", valueName: "name"))
    var collections: [String] = []
    @Option(help: ArgumentHelp("The most documents of a collection to show; all are counted.", valueName: "n"))
    var limit = 20

    /// As a server is asked: none for all.
    var names: [String]? { collections.isEmpty ? nil : collections }

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must be 0 or more") }
    }
}
