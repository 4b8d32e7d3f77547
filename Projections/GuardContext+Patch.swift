internal import BSON
internal import Schema

// What a patch would do, for the guards of collections whose fields need more than their declared rules.
extension GuardContext {
    /// The fields that the patch names, dotted, under whatever operation.
    var patchedPaths: [String] {
        var paths: [String] = []
        for operation in ["set", "push", "pull"] {
            data.value(named: operation)?.document?.forEach { name, _ in
                paths.append(String(decoding: name, as: UTF8.self))
            }
        }
        data.value(named: "unset")?.document?.forEach { _, value in
            if let path = value.string { paths.append(path) }
        }
        return paths
    }

    /// Whether the patch sets or unsets the field.
    func patches<Wrapped>(_ field: Field<Wrapped>) -> Bool { patchedPaths.contains(field.descriptor.name) }

    /// What the patch sets the field to: admission has written every field under its dotted name.
    func valueSet<Wrapped>(_ field: Field<Wrapped>) -> RawValue? {
        data.value(named: "set")?.document?.value(named: field.descriptor.name)
    }
}
