extension MutableDocument {
    /// Sets the value at `path`. A value of the same type and width is overwritten in place. Parents that are missing, or
    /// are no documents, become documents; a field that is missing is added at the end of its parent.
    ///
    /// `value` may be a view into this same document.
    @inlinable public mutating func set(_ path: FieldPath, _ value: some FieldValue, in arena: Arena) {
        if let found = raw[path], found.tag == value.bsonType.rawValue {
            let byteCount = value.bsonByteCount
            if found.byteCount == byteCount {
                // A view may overlap what it overwrites only by being the very same bytes, or lie inside them.
                if let source = value.bsonSource, overlaps(source) {
                    setSlowly(path, value, in: arena)
                } else {
                    value.writeBSON(to: UnsafeMutableRawPointer(mutating: found.base))
                }
                return
            }
        }
        setSlowly(path, value, in: arena)
    }

    @inlinable public mutating func setNull(_ path: FieldPath, in arena: Arena) {
        set(path, Value.null, in: arena)
    }

    /// Sets the value at `path` to an array with the layout of `elements`.
    @inlinable public mutating func setArray(_ path: FieldPath, _ elements: RawDocument, in arena: Arena) {
        set(path, RawValue(type: .array, base: elements.base), in: arena)
    }

    @inlinable func overlaps(_ source: UnsafeRawPointer) -> Bool {
        source >= UnsafeRawPointer(base) && source < UnsafeRawPointer(base) + capacity
    }

    /// Encodes the value apart, so that moving bytes cannot pull it away, and splices it in.
    @inlinable mutating func setSlowly(_ path: FieldPath, _ value: some FieldValue, in arena: Arena) {
        let byteCount = value.bsonByteCount
        let scratch: UnsafeRawPointer
        if let source = value.bsonSource, value.bsonType != .string, !overlaps(source) {
            scratch = source
        } else {
            let copy = arena.allocate(max(byteCount, 1))
            value.writeBSON(to: copy)
            scratch = UnsafeRawPointer(copy)
        }
        place(
            EncodedValue(
                tag: value.bsonType.rawValue, bytes: UnsafeRawBufferPointer(start: scratch, count: byteCount)),
            at: path, in: arena)
    }

    @usableFromInline mutating func place(_ value: EncodedValue, at path: FieldPath, in arena: Arena) {
        let total = length(at: 0)
        path.withComponents { components in
            _ = place(value, components, parent: 0, total: total, in: arena)
        }
    }

    /// A value's bytes, outside the document being edited.
    @usableFromInline struct EncodedValue {
        @usableFromInline let tag: UInt8
        @usableFromInline let bytes: UnsafeRawBufferPointer

        @inlinable init(tag: UInt8, bytes: UnsafeRawBufferPointer) {
            self.tag = tag
            self.bytes = bytes
        }
    }

    /// Puts `value` at `components` under the document at offset `parent`; returns by how much the document grew.
    private mutating func place(
        _ value: EncodedValue, _ components: FieldPathCursor, parent: Int, total: Int, in arena: Arena
    ) -> Int {
        var rest = components
        let name = rest.next()
        let difference: Int
        if let found = RawDocument(base + parent).value(matching: name) {
            let offset = found.base - UnsafeRawPointer(base)
            if rest.remaining > 0, found.tag == BSONType.document.rawValue {
                difference = place(value, rest, parent: offset, total: total, in: arena)
            } else {
                let removed = found.byteCount
                let inserted = encodedByteCount(value, rest)
                base.storeBytes(
                    of: rest.remaining > 0 ? BSONType.document.rawValue : value.tag,
                    toByteOffset: offset - name.length - 2, as: UInt8.self)
                splice(at: offset, removing: removed, inserting: inserted, total: total, in: arena)
                write(value, rest, at: base + offset)
                difference = inserted - removed
            }
        } else {
            let offset = parent + length(at: parent) - 1
            let inserted = name.length + 2 + encodedByteCount(value, rest)
            splice(at: offset, removing: 0, inserting: inserted, total: total, in: arena)
            writeElement(value, components, at: base + offset)
            difference = inserted
        }
        adjustLength(at: parent, by: difference)
        return difference
    }

    /// The bytes `value` takes with the documents that `components` wrap around it.
    private func encodedByteCount(_ value: EncodedValue, _ components: FieldPathCursor) -> Int {
        var rest = components
        var count = value.bytes.count
        while rest.remaining > 0 { count += 5 + 2 + rest.next().length }
        return count
    }

    private func write(_ value: EncodedValue, _ components: FieldPathCursor, at start: UnsafeMutableRawPointer) {
        if components.remaining == 0 {
            UnsafeMutableRawBufferPointer(start: start, count: value.bytes.count).copyMemory(from: value.bytes)
            return
        }
        let count = encodedByteCount(value, components)
        start.storeBytes(of: UInt32(truncatingIfNeeded: count), as: UInt32.self)
        writeElement(value, components, at: start + 4)
        start.storeBytes(of: 0, toByteOffset: count - 1, as: UInt8.self)
    }

    private func writeElement(_ value: EncodedValue, _ components: FieldPathCursor, at start: UnsafeMutableRawPointer) {
        var rest = components
        let name = rest.next()
        start.storeBytes(of: rest.remaining > 0 ? BSONType.document.rawValue : value.tag, as: UInt8.self)
        (start + 1).copyMemory(from: name.start, byteCount: name.length + 1)
        write(value, rest, at: start + name.length + 2)
    }
}
