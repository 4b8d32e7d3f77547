extension MutableDocument {
    /// Removes the field at `path`; false where there is none. Emptied parents stay.
    @discardableResult public mutating func remove(_ path: FieldPath) -> Bool {
        guard let found = raw[path] else { return false }
        let total = length(at: 0)
        let valueOffset = found.base - UnsafeRawPointer(base)
        let end = valueOffset + found.byteCount
        path.withComponents { components in
            // The lengths on the way are fixed first: bytes move only behind them.
            var cursor = components
            var parent = 0
            while true {
                let name = cursor.next()
                if cursor.remaining == 0 {
                    let start = valueOffset - name.length - 2
                    adjustLength(at: parent, by: start - end)
                    (base + start).copyMemory(from: base + end, byteCount: total - end)
                    return
                }
                guard let child = RawDocument(base + parent).value(matching: name) else { return }
                let elementBytes = end - valueOffset + lastNameBytes(cursor) + 2
                let next = child.base - UnsafeRawPointer(base)
                adjustLength(at: parent, by: -elementBytes)
                parent = next
            }
        }
        return true
    }

    private func lastNameBytes(_ components: FieldPathCursor) -> Int {
        var cursor = components
        var length = 0
        while cursor.remaining > 0 { length = cursor.next().length }
        return length
    }
}
