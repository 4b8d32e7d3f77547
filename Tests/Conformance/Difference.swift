/// One thing that the specification and our declarations say differently.
struct Difference: Hashable, Comparable, CustomStringConvertible {
    /// `users.email`, or `users` and an index's name.
    var place: String
    /// `field`, `index` or the name of a rule.
    var rule: String
    var specified: String?
    var declared: String?

    var description: String {
        "\(place), \(rule): the specification says \(specified ?? "nothing"), we say \(declared ?? "nothing")"
    }

    static func < (a: Self, b: Self) -> Bool { (a.place, a.rule) < (b.place, b.rule) }

    static func all(specified: CollectionRules, declared: CollectionRules) -> [Difference] {
        fields(specified, declared) + indexes(specified, declared)
    }

    private static func fields(_ specified: CollectionRules, _ declared: CollectionRules) -> [Difference] {
        Set(specified.fields.keys).union(declared.fields.keys).sorted().flatMap { path -> [Difference] in
            let place = "\(declared.name).\(path)"
            guard let ours = declared.fields[path], let theirs = specified.fields[path] else {
                return [
                    Difference(
                        place: place, rule: "field", specified: specified.fields[path]?["type"],
                        declared: declared.fields[path]?["type"])
                ]
            }
            return Set(ours.keys).union(theirs.keys).sorted().filter { ours[$0] != theirs[$0] }.map { rule in
                Difference(place: place, rule: rule, specified: theirs[rule], declared: ours[rule])
            }
        }
    }

    private static func indexes(_ specified: CollectionRules, _ declared: CollectionRules) -> [Difference] {
        func options(_ name: String, of collection: CollectionRules) -> String? {
            let found = collection.indexes.filter { $0.name == name }.map(\.options)
            return found.isEmpty ? nil : found.joined(separator: ", and again ")
        }
        return Set((specified.indexes + declared.indexes).map(\.name)).sorted().compactMap { name in
            let difference = Difference(
                place: "\(declared.name) \(name)", rule: "index", specified: options(name, of: specified),
                declared: options(name, of: declared))
            return difference.specified == difference.declared ? nil : difference
        }
    }
}
