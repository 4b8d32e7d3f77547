internal import BSON

extension Filter {
    /// The dotted paths a filter looks at; `nil` where it may look at the whole document.
    var readPaths: Set<String>? {
        var paths: Set<String> = []
        return root.gather(&paths) ? paths : nil
    }
}

extension Filter.Node {
    fileprivate func gather(_ paths: inout Set<String>) -> Bool {
        switch self {
        case .all(let nodes), .any(let nodes): return nodes.allSatisfy { $0.gather(&paths) }
        case .not(let node): return node.gather(&paths)
        case .test(let path, _):
            paths.insert(path.name)
            return true
        case .expression, .schema: return false
        }
    }

    /// Whether the form in which an index has numbers, or a missing value as null, would tell a test something else.
    var needsExactValues: Bool {
        switch self {
        case .all(let nodes), .any(let nodes): nodes.contains { $0.needsExactValues }
        case .not(let node): node.needsExactValues
        case .test(_, let test):
            switch test {
            case .type, .anyElement, .anyElementPasses, .size: true
            case .compare, .within, .exists, .remainder, .pattern: false
            }
        case .expression, .schema: true
        }
    }
}
