internal import BSON

extension Admission {
    /// Writes `set` (dotted leaf paths), `unset` (an array of paths), `push` and `pull` (arrays of elements by path):
    /// cast and checked as the target declares its fields.
    mutating func admitPatch(_ data: RawDocument, _ writer: inout DocumentWriter) {
        guard let target else { return }
        var changesAnything = false
        if let set = part("set", of: data) {
            writer.beginDocument("set")
            set.forEach { name, value in
                changesAnything = true
                admitSet(String(decoding: name, as: UTF8.self), value, target, &writer)
            }
            writer.end()
        }
        if let unset = data.value(named: "unset"), !unset.isNull {
            changesAnything = admitUnset(unset, target, &writer) || changesAnything
        }
        for operation in ["push", "pull"] {
            guard let part = part(operation, of: data) else { continue }
            writer.beginDocument(operation)
            part.forEach { name, value in
                changesAnything = true
                admitElements(operation, String(decoding: name, as: UTF8.self), value, target, &writer)
            }
            writer.end()
        }
        if !changesAnything, problems.isEmpty {
            refuse(.required, "set", nil, "a patch needs set, unset, push or pull with at least one field")
        }
    }

    private mutating func part(_ name: String, of data: RawDocument) -> RawDocument? {
        guard let value = data[FieldPath(name)], !value.isNull else { return nil }
        guard value.type == .document else {
            let isWithheld = target?.template.tree.isWithheld == true
            refuse(.cast, name, isWithheld ? nil : value, "must be an object of fields")
            return nil
        }
        return value.document
    }

    private mutating func admitSet(
        _ path: String, _ value: RawValue, _ target: CollectionModel, _ writer: inout DocumentWriter
    ) {
        guard let node = target.template.tree.node(path.split(separator: ".")) else {
            return refuse(.unknown, "set." + path, nil, "\(target.name) has no field \(path)")
        }
        guard let leaf = node.leaf else {
            guard value.type == .document, let inner = value.document else {
                return refuse(.cast, "set." + path, node.isWithheld ? nil : value, "must be an object")
            }
            inner.forEach { name, value in
                admitSet(path + "." + String(decoding: name, as: UTF8.self), value, target, &writer)
            }
            return
        }
        guard mayPatch(leaf.field, "set." + path) else { return }
        var name = path
        name.withUTF8 { utf8 in
            let name = UnsafeRawBufferPointer(utf8)
            if value.isNull {
                if leaf.field.isRequired { return refuse(.required, "set." + path, nil, "is required") }
                writer.appendNull(name)
            } else {
                place = Place(root: "set." + path)
                cast(value, leaf, name, &writer)
            }
        }
    }

    /// Derived fields, and fields other views count by, have events of their own.
    private mutating func mayPatch(_ leaf: FieldDescriptor, _ place: String) -> Bool {
        switch leaf.maintenance {
        case .caller:
            if leaf.privacy == .open || leaf.privacy == .personal { return true }
            refuse(.elsewhere, place, nil, "is a secret, changed by an event of its own")
        case .timestamp: refuse(.derived, place, nil, "is the time of events")
        case .derived(let events): refuse(.derived, place, nil, "is maintained by \(events)")
        case .through(let events): refuse(.elsewhere, place, nil, "is changed by \(events)")
        }
        return false
    }

    private mutating func admitUnset(_ unset: RawValue, _ target: CollectionModel, _ writer: inout DocumentWriter)
        -> Bool
    {
        var paths: [String] = []
        guard let document = unset.document else {
            refuse(.cast, "unset", unset, "must be an array of field paths")
            return false
        }
        document.forEach { name, value in
            paths.append(unset.type == .array ? value.string ?? "" : String(decoding: name, as: UTF8.self))
        }
        writer.beginArray("unset")
        for (index, path) in paths.enumerated() {
            guard let leaf = target.template.tree.node(path.split(separator: "."))?.leaf else {
                refuse(.unknown, "unset.\(index)", nil, "\(target.name) has no field \(path)")
                continue
            }
            guard mayPatch(leaf.field, "unset." + path) else { continue }
            if leaf.field.isRequired {
                refuse(.required, "unset." + path, nil, "is required")
                continue
            }
            writer.append(String(index), path)
        }
        writer.end()
        return !paths.isEmpty
    }

    private mutating func admitElements(
        _ operation: String, _ path: String, _ value: RawValue, _ target: CollectionModel,
        _ writer: inout DocumentWriter
    ) {
        place = Place(root: operation + "." + path)
        guard let leaf = target.template.tree.node(path.split(separator: "."))?.leaf,
            case .array(let element) = leaf.shape
        else { return refuse(.unknown, nil, "\(target.name) has no array \(path)") }
        guard mayPatch(leaf.field, place.text) else { return }
        let several = value.document?.value(named: "$each") ?? (value.type == .array ? value : nil)
        var name = path
        name.withUTF8 { utf8 in
            writer.beginArray(UnsafeRawBufferPointer(utf8))
            if let several, let array = several.document {
                var index = 0
                array.forEach { _, value in
                    castElement(value, element, index, String(index), &writer)
                    index += 1
                }
            } else {
                castElement(value, element, 0, "0", &writer)
            }
            writer.end()
        }
    }
}
