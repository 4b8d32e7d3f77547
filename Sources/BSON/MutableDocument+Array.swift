extension MutableDocument {
    /// Appends `value` to the array at `path`. Where there is none, or something that is no array, there is then an array
    /// of this one element.
    public mutating func push(_ path: FieldPath, _ value: some FieldValue, in arena: Arena) {
        let byteCount = value.bsonByteCount
        let existing = raw[path].flatMap { $0.tag == BSONType.array.rawValue ? RawDocument($0.base) : nil }
        let oldBytes = existing?.byteCount ?? 5
        let index = existing?.count ?? 0
        let digits = decimalDigits(in: index)
        let newBytes = oldBytes + digits + 2 + byteCount
        let scratch = arena.allocate(newBytes)
        if let existing { scratch.copyMemory(from: existing.base, byteCount: oldBytes) }
        let element = scratch + oldBytes - 1
        element.storeBytes(of: value.bsonType.rawValue, as: UInt8.self)
        writeDecimal(index, digits: digits, to: element + 1)
        element.storeBytes(of: 0, toByteOffset: digits + 1, as: UInt8.self)
        value.writeBSON(to: element + digits + 2)
        scratch.storeBytes(of: 0, toByteOffset: newBytes - 1, as: UInt8.self)
        scratch.storeBytes(of: UInt32(truncatingIfNeeded: newBytes), as: UInt32.self)
        set(path, RawValue(type: .array, base: scratch), in: arena)
    }

    /// Removes the elements of the array at `path` that `isPulled` chooses; the others are numbered anew.
    /// - Returns: how many were removed; 0 where there is no array.
    @discardableResult public mutating func pull(
        _ path: FieldPath, where isPulled: (RawValue) -> Bool, in arena: Arena
    ) -> Int {
        guard let found = raw[path], found.tag == BSONType.array.rawValue else { return 0 }
        // Numbering anew makes names shorter or keeps them, unless the array's names were none of ours.
        let array = RawDocument(found.base)
        let scratch = arena.allocate(array.byteCount + 20 * array.count)
        var position = scratch + 4
        var kept = 0
        var pulled = 0
        var elements = array.elements
        while let element = elements.next() {
            if isPulled(element.value) {
                pulled += 1
                continue
            }
            let digits = decimalDigits(in: kept)
            position.storeBytes(of: element.value.tag, as: UInt8.self)
            writeDecimal(kept, digits: digits, to: position + 1)
            position.storeBytes(of: 0, toByteOffset: digits + 1, as: UInt8.self)
            element.value.writeBSON(to: position + digits + 2)
            position += digits + 2 + element.value.byteCount
            kept += 1
        }
        guard pulled > 0 else { return 0 }
        position.storeBytes(of: 0, as: UInt8.self)
        scratch.storeBytes(of: UInt32(truncatingIfNeeded: position - scratch + 1), as: UInt32.self)
        set(path, RawValue(type: .array, base: scratch), in: arena)
        return pulled
    }
}
