internal import HTTPTypes

/// The methods that a path has, as the operations declare them: for whoever came with another.
struct DeclaredMethods: Sendable {
    private struct Template {
        let segments: [Substring]
        var methods: Set<String>

        func fits(_ path: [Substring]) -> Bool {
            path.count == segments.count && zip(segments, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }

        /// Smaller is more exact: what is named goes before what may be anything, from the left, as the router has it.
        var order: [Int] { segments.map { $0.hasPrefix("{") ? 1 : 0 } }
    }

    private let templates: [Template]

    init(_ operations: [Operation]) {
        var templates: [String: Template] = [:]
        for operation in operations {
            let methods: Set = operation.method == .get ? ["GET", "HEAD"] : [operation.method.rawValue]
            templates[operation.path, default: Template(segments: operation.path.split(separator: "/"), methods: [])]
                .methods.formUnion(methods)
        }
        self.templates = templates.values.sorted { $0.order.lexicographicallyPrecedes($1.order) }
    }

    /// Sorted; none where there is no such path.
    func at(_ path: String) -> [String] {
        let segments = path.split(separator: "/")
        return templates.first { $0.fits(segments) }?.methods.sorted() ?? []
    }
}
