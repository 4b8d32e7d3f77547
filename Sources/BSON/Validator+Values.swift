extension Validator {
    /// - Returns: the offset after the value.
    mutating func value(_ tag: UInt8, at start: Int, limit: Int, depth: Int) throws(BSONError) -> Int {
        switch tag {
        case 0x06, 0x0A, 0xFF, 0x7F: return start
        case 0x08:
            let end = try fixed(1, at: start, limit: limit)
            guard byte(at: start) <= 1 else { throw failure(.invalidBool, at: start) }
            return end
        case 0x10: return try fixed(4, at: start, limit: limit)
        case 0x01, 0x09, 0x11, 0x12: return try fixed(8, at: start, limit: limit)
        case 0x07: return try fixed(12, at: start, limit: limit)
        case 0x13: return try fixed(16, at: start, limit: limit)
        case 0x02, 0x0D, 0x0E: return try string(at: start, limit: limit)
        case 0x03: return try document(at: start, limit: limit, depth: depth &+ 1, isArray: false)
        case 0x04: return try document(at: start, limit: limit, depth: depth &+ 1, isArray: true)
        case 0x05: return try binary(at: start, limit: limit)
        case 0x0B:
            let middle = try terminator(from: start, limit: limit)
            try utf8(from: start, to: middle)
            let end = try terminator(from: middle &+ 1, limit: limit)
            try utf8(from: middle &+ 1, to: end)
            return end &+ 1
        case 0x0C: return try fixed(12, at: try string(at: start, limit: limit), limit: limit)
        case 0x0F: return try scopedCode(at: start, limit: limit, depth: depth)
        default: throw failure(.unknownType(tag), at: start)
        }
    }

    @inline(__always) private func fixed(_ count: Int, at start: Int, limit: Int) throws(BSONError) -> Int {
        guard limit &- start >= count else { throw failure(.truncated, at: start) }
        return start &+ count
    }

    private func string(at start: Int, limit: Int) throws(BSONError) -> Int {
        let count = try length(at: start, limit: limit)
        guard count >= 1 else { throw failure(.badLength, at: start) }
        guard count <= limit &- start &- 4 else { throw failure(.truncated, at: start) }
        let end = start &+ 4 &+ count
        guard byte(at: end &- 1) == 0 else { throw failure(.missingTerminator, at: end &- 1) }
        try utf8(from: start &+ 4, to: end &- 1)
        return end
    }

    private func binary(at start: Int, limit: Int) throws(BSONError) -> Int {
        let count = try length(at: start, limit: limit)
        guard count >= 0 else { throw failure(.badLength, at: start) }
        guard count <= limit &- start &- 5 else { throw failure(.truncated, at: start) }
        // The old binary subtype holds its length a second time.
        if byte(at: start &+ 4) == 2 {
            guard count >= 4, try length(at: start &+ 5, limit: limit) == count &- 4 else {
                throw failure(.badLength, at: start &+ 5)
            }
        }
        return start &+ 5 &+ count
    }

    private mutating func scopedCode(at start: Int, limit: Int, depth: Int) throws(BSONError) -> Int {
        let count = try length(at: start, limit: limit)
        guard count >= 14 else { throw failure(.badLength, at: start) }
        guard count <= limit &- start else { throw failure(.truncated, at: start) }
        let end = start &+ count
        let scope = try string(at: start &+ 4, limit: end)
        let reached = try document(at: scope, limit: end, depth: depth &+ 1, isArray: false)
        guard reached == end else { throw failure(.badLength, at: start) }
        return end
    }
}
