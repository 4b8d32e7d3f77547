internal import BSON
internal import Schema
internal import Synchronization

/// What a collection declares about its fields, as queries need it: types for casts, arrays for plans, secrets.
struct DeclaredFields: Sendable {
    private let fields: [FieldDescriptor]
    private let isKnown: Bool
    private let secrets: [String]
    /// What no condition on whole documents may see.
    let secretFields: SecretFields
    /// Of the paths that indexes have, which every plan asks for.
    private var prefixes: [String: [String]] = [:]

    /// For documents of any shape where `model` is `nil`. What was gathered of a collection once is kept.
    init(_ model: CollectionModel?) {
        guard let model else {
            self.init([], secrets: [], isKnown: false)
            return
        }
        self = Self.gathered.withLock { gathered in
            if let known = gathered[ObjectIdentifier(model)] { return known.fields }
            var fields = DeclaredFields(model.fields, secrets: SecretFields.paths(model.fields), isKnown: true)
            for part in model.indexes.flatMap(\.parts) { fields.prefixes[part.name] = fields.arrayPrefixes(part.name) }
            // Few collections live as long as the process; tests declare many.
            if gathered.count >= Self.mostGathered { gathered.removeAll() }
            gathered[ObjectIdentifier(model)] = (model, fields)
            return fields
        }
    }

    private init(_ declared: [FieldDescriptor], secrets: [String], isKnown: Bool) {
        self.isKnown = isKnown
        self.secrets = secrets
        fields = declared + (isKnown ? [FieldDescriptor("_id", .objectID)] : [])
        secretFields = SecretFields(declared)
    }

    /// With the collection itself, so that no other comes to have its identity.
    private static let gathered = Mutex<[ObjectIdentifier: (model: CollectionModel, fields: DeclaredFields)]>([:])
    private static let mostGathered = 256

    /// The kind of the values at a path, elements of arrays included; `nil` where none is declared.
    private func kind(at path: Substring, in fields: [FieldDescriptor]) -> FieldKind? {
        for field in fields {
            if field.name == path { return field.kind }
            guard path.hasPrefix(field.name + ".") else { continue }
            let rest = path.dropFirst(field.name.count + 1)
            return kind(at: rest, below: field.kind)
        }
        return nil
    }

    private func kind(at path: Substring, below kind: FieldKind) -> FieldKind? {
        switch kind {
        case .array(let element): self.kind(at: path, below: element.kind)
        case .object(let members):
            self.kind(at: path, in: members + [FieldDescriptor("_id", .objectID)])
        default: nil
        }
    }

    /// The kind of a path that leads through no array.
    func kind(of path: String) -> FieldKind? { kind(at: path[...], in: fields) }

    // MARK: Arrays

    /// The prefixes of a path, itself included, where documents may have an array.
    func arrayPrefixes(_ path: String) -> [String] {
        if let known = prefixes[path] { return known }
        var prefixes: [String] = []
        var end = path.startIndex
        while end < path.endIndex {
            end = path[end...].dropFirst().firstIndex(of: ".") ?? path.endIndex
            let prefix = path[..<end]
            switch kind(at: prefix, in: fields) {
            case .array, .mixed: prefixes.append(String(prefix))
            case .object: break
            case nil:
                // A group of declared fields is always a document.
                let isGroup = fields.contains { $0.name.hasPrefix(prefix + ".") }
                if !isGroup { prefixes.append(String(prefix)) }
            default: break
            }
        }
        return prefixes
    }

    // MARK: Secrets

    /// `isRedacted`: what the path leads to is seen without secret fields, so that only they themselves are refused.
    func refuseSecret(_ path: String, at place: String, _ use: String, isRedacted: Bool = false) throws(QueryError) {
        let depth = path.split(separator: ".").count
        let secret = secrets.first { secret in
            SecretFields.overlap(secret, path) && !(isRedacted && depth < secret.split(separator: ".").count)
        }
        guard let secret else { return }
        throw QueryError(
            .secretField, at: place, "\(secret) is secret and cannot be \(use)", mend: "leave it out")
    }

    /// Whether keys of an index hold what is secret.
    func hasSecret(_ index: Index) -> Bool {
        index.parts.contains { part in secrets.contains { SecretFields.overlap($0, part.name) } }
    }

    // MARK: Casts

    /// The value as the field holds it: what a text stands for where the field holds no texts. Else as it is.
    func cast(_ value: RawValue, at path: String) -> Value {
        guard isKnown, let kind = kind(at: Substring(path), in: fields) else { return value.owned() }
        return cast(value, kind)
    }

    private func cast(_ value: RawValue, _ kind: FieldKind) -> Value {
        if case .array(let element) = kind {
            guard let array = value.array else { return cast(value, element.kind) }
            return .array(array.elements.map { cast($0.value, element.kind) })
        }
        guard value.type == .string, let text = value.utf8 else {
            if case .date = kind, let milliseconds = value.int64, value.type != .decimal128 {
                return .dateTime(DateTime(milliseconds: milliseconds))
            }
            return value.owned()
        }
        switch kind {
        case .objectID:
            if text.count == 24, let id = ObjectID(hexUTF8: text) { return .objectID(id) }
        case .date:
            if let time = DateTime(iso8601: text) { return .dateTime(time) }
        case .boolean:
            if "true".utf8.elementsEqual(text) { return .bool(true) }
            if "false".utf8.elementsEqual(text) { return .bool(false) }
        case .number:
            let text = String(decoding: text, as: UTF8.self)
            if let integer = Int64(text) { return .int64(integer) }
            if let double = Double(text), double.isFinite { return .double(double) }
        default: break
        }
        return value.owned()
    }
}
