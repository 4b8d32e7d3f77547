/// Walks bytes nobody has checked yet. Every read is guarded by the end of the document it lies in.
struct Validator {
    let base: UnsafeRawPointer
    let limits: RawDocument.Limits
    let recordsTrail: Bool
    /// Names of the documents being walked, innermost last.
    var names: [Name] = []
    /// Where the names on the way to here lie, for messages.
    var trail: [Range<Int>] = []

    init(base: UnsafeRawPointer, limits: RawDocument.Limits, recordsTrail: Bool) {
        self.base = base
        self.limits = limits
        self.recordsTrail = recordsTrail
    }

    func failure(_ kind: BSONError.Kind, at offset: Int) -> BSONError {
        let path = trail.map { range in
            String(decoding: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
        }
        return BSONError(kind, offset: offset, path: trail.isEmpty ? nil : path.joined(separator: "."))
    }

    @inline(__always) func byte(at offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    @inline(__always) func length(at offset: Int, limit: Int) throws(BSONError) -> Int {
        guard limit &- offset >= 4 else { throw failure(.truncated, at: offset) }
        return Int(base.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }

    /// - Returns: the offset after the document.
    mutating func document(at start: Int, limit: Int, depth: Int, isArray: Bool) throws(BSONError) -> Int {
        guard depth <= limits.maxDepth else { throw failure(.tooDeep, at: start) }
        let count = try length(at: start, limit: limit)
        guard count >= 5 else { throw failure(.badLength, at: start) }
        guard count <= limit &- start else { throw failure(.truncated, at: start) }
        let end = start &+ count
        let last = end &- 1
        guard byte(at: last) == 0 else { throw failure(.missingTerminator, at: last) }

        let checksNames = limits.refusesDuplicateNames && !isArray
        var known = KnownNames(first: names.count)
        var position = start &+ 4
        while position < last {
            let tag = byte(at: position)
            guard tag != 0 else { throw failure(.badLength, at: position) }
            let nameStart = position &+ 1
            let nameEnd = try terminator(from: nameStart, limit: last)
            if recordsTrail { trail.append(nameStart..<nameEnd) }
            try utf8(from: nameStart, to: nameEnd)
            if checksNames { try remember(from: nameStart, to: nameEnd, &known) }
            position = try value(tag, at: nameEnd &+ 1, limit: last, depth: depth)
            if recordsTrail { trail.removeLast() }
        }
        guard position == last else { throw failure(.badLength, at: position) }
        if checksNames { try forget(&known) }
        return end
    }

    /// The offset of the next zero byte before `limit`.
    @inline(__always) func terminator(from start: Int, limit: Int) throws(BSONError) -> Int {
        // The byte at `limit` is the document's own zero, so reading up to it is safe.
        let end = start &+ terminatedLength(base + start, last: base + limit)
        guard end < limit else { throw failure(.missingTerminator, at: limit) }
        return end
    }

    @inline(__always) func utf8(from start: Int, to end: Int) throws(BSONError) {
        if let offset = firstInvalidUTF8(UnsafeRawBufferPointer(start: base + start, count: end &- start)) {
            throw failure(.invalidUTF8, at: start &+ offset)
        }
    }
}
