/// Changes of top-level elements: for the few documents that are changed by hand, upcast ones for instance. O(n) each.
extension Document {
    /// The same with the element renamed, in its place. As it was where there is none of that name.
    public func renaming(_ name: String, to newName: String) -> Document {
        Document(pairs.map { ($0.name == name ? newName : $0.name, $0.value) })
    }

    public func removing(_ name: String) -> Document {
        Document(pairs.filter { $0.name != name }.map { ($0.name, $0.value) })
    }

    /// The same with the value put in the place of the one of that name, or at the end.
    public func setting(_ name: String, to value: Value) -> Document {
        guard pairs.contains(where: { $0.name == name }) else {
            var copy = self
            copy.append(name, value)
            return copy
        }
        return Document(pairs.map { ($0.name, $0.name == name ? value : $0.value) })
    }
}
