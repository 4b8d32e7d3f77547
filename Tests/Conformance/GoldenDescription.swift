import BSON
import Schema

/// All that the collections declare, one line for each field, index and event: what a reader of a change compares.
struct GoldenDescription {
    private(set) var text = ""

    init(_ declarations: [any Collection.Type]) {
        for declaration in declarations.sorted(by: { $0.number < $1.number }) { add(declaration) }
    }

    private mutating func line(_ words: String, _ rules: [String] = []) {
        text += (rules.isEmpty ? words : words + ": " + rules.joined(separator: "; ")) + "\n"
    }

    private mutating func add<C: Collection>(_ collection: C.Type) {
        let name = C.name
        if !text.isEmpty { text += "\n" }
        line("collection \(name)", ["number \(C.number)", "projector version \(C.projectorVersion)", C.summary])
        for field in C.field.descriptors { add(field, "field \(name).") }
        for index in C.indexes {
            let parts = index.parts.map { "\($0.name) \($0.isDescending ? "descending" : "ascending")" }
            let options = (index.isUnique ? ["unique"] : []) + (index.isSparse ? ["sparse"] : [])
            line("index \(name) \(index.name)", [parts.joined(separator: ", ")] + options)
        }
        for event in C.events { add(event, documentFields: C.field.descriptors) }
        let own = Set(C.events.map(\.name))
        for event in C.follows where !own.contains(event) { line("collection \(name) follows \(event)") }
        for event in C.events where !C.follows.contains(event.name) {
            line("collection \(name) does not follow its own \(event.name)")
        }
    }

    private mutating func add(_ field: FieldDescriptor, _ prefix: String) {
        line(prefix + field.name, field.allRules)
        var members: [FieldDescriptor] = []
        var separator = "."
        switch field.kind {
        case .object(let inner): members = inner
        case .array(let element):
            if case .object(let inner) = element.kind { members = inner }
            separator = "[]."
        default: break
        }
        for member in members { add(member, prefix + field.name + separator) }
    }

    private mutating func add(_ event: Event, documentFields: [FieldDescriptor]) {
        var rules = ["\(event.shape)", "stream \(event.stream)/<\(event.key)>"]
        if event.mayExist { rules.append("of a document that may exist") }
        rules.append("schema version \(event.schemaVersion)")
        rules.append(event.check == nil ? "no guard" : "guarded")
        line("event \(event.name)", rules + [event.summary])
        for field in event.payload {
            // A creation's payload is the document: only what it has besides stands here.
            if event.shape == .creation && documentFields.contains(field) { continue }
            // Every patch has these.
            if event.shape == .patch && ["set", "unset", "push", "pull"].contains(field.name) { continue }
            add(field, "event \(event.name) data.")
        }
        if !event.resolved.isEmpty {
            line("event \(event.name) resolves", [event.resolved.map(\.nameAndType).joined(separator: ", ")])
        }
    }
}

extension FieldDescriptor {
    fileprivate var nameAndType: String {
        "\(name) \(sharedRules["type"] ?? "")" + (reference.map { " of \($0)" } ?? "")
    }

    /// Every rule, in a fixed order: those that the specification shares, then our own.
    fileprivate var allRules: [String] {
        let shared = sharedRules
        var rules = [shared["type"] ?? ""]
        for rule in shared.keys.sorted() where rule != "type" && rule != "timestamp" {
            let isFlag = ["required", "trim", "lowercase"].contains(rule) && shared[rule] == "true"
            rules.append(isFlag ? rule : "\(rule) \(shared[rule] ?? "")")
        }
        if privacy != .open { rules.append("\(privacy)") }
        if case .array(let element) = kind, element.privacy != .open { rules.append("each \(element.privacy)") }
        switch maintenance {
        case .caller: break
        case .derived(let events): rules.append("kept by \(events)")
        case .through(let events): rules.append("changed by \(events)")
        case .timestamp: rules.append("the event's time")
        }
        return rules
    }
}
