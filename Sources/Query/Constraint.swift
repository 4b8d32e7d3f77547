internal import BSON

/// What a filter demands of one path, wherever else it leads: what an index can help with.
struct Constraint {
    /// The `$elemMatch` that a demand stands in: all of one are about the same element.
    struct Element: Hashable {
        let number: Int
        let array: String
    }

    let path: String
    let test: Filter.Test
    var element: Element?

    /// Those that every document fulfils that fits.
    struct List {
        private(set) var constraints: [Constraint] = []
        /// They are all there is to the filter.
        private(set) var isWhole = true
        private var elements = 0

        init(_ nodes: [Filter.Node]) { for node in nodes { add(node, "", nil) } }

        private mutating func add(_ node: Filter.Node, _ outer: String, _ element: Element?) {
            switch node {
            case .all(let nodes): for node in nodes { add(node, outer, element) }
            case .any(let nodes) where nodes.count == 1: add(nodes[0], outer, element)
            case .any, .not, .expression, .schema: isWhole = false
            case .test(let path, let test): add(test, outer.isEmpty ? path.name : outer + "." + path.name, element)
            }
        }

        private mutating func add(_ test: Filter.Test, _ path: String, _ element: Element?) {
            switch test {
            case .anyElement(let node):
                isWhole = false
                elements += 1
                add(node, path, Element(number: elements, array: path))
            case .anyElementPasses(let checks):
                isWhole = false
                elements += 1
                let element = Element(number: elements, array: path)
                for case .passes(let test) in checks where !test.takesWholeArrays {
                    constraints.append(Constraint(path: path, test: test, element: element))
                }
            default: constraints.append(Constraint(path: path, test: test, element: element))
            }
        }
    }

    /// Whether a document without the field cannot fulfil it: what a sparse index leaves out.
    var refusesMissing: Bool {
        switch test {
        case .exists, .type, .remainder, .pattern, .size, .anyElement, .anyElementPasses: true
        case .within(let list): !list.operands.contains { Self.fitsMissing($0) }
        case .compare(_, let operand): !Self.fitsMissing(operand)
        }
    }

    private static func fitsMissing(_ operand: Operand) -> Bool {
        switch operand.raw.type {
        case .null, .minKey, .maxKey: true
        default: false
        }
    }
}
