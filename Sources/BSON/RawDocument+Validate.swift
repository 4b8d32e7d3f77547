extension RawDocument {
    /// Checks that `bytes` are exactly one well-formed document: lengths, types, terminators, UTF-8, depth, size, names.
    ///
    /// Performance: one pass; with names checked, O(n log n) in the elements of one document.
    public static func validated(
        _ bytes: UnsafeRawBufferPointer, limits: Limits = .standard
    ) throws(BSONError) -> RawDocument {
        guard bytes.count <= limits.maxBytes else { throw BSONError(.tooLarge, offset: limits.maxBytes) }
        guard bytes.count >= 5, let base = bytes.baseAddress else { throw BSONError(.truncated, offset: bytes.count) }
        var validator = Validator(base: base, limits: limits, recordsTrail: false)
        let end: Int
        do throws(BSONError) {
            end = try validator.document(at: 0, limit: bytes.count, depth: 1, isArray: false)
        } catch {
            // Once more, now noting the names on the way, so that the error can say where.
            validator = Validator(base: base, limits: limits, recordsTrail: true)
            end = try validator.document(at: 0, limit: bytes.count, depth: 1, isArray: false)
        }
        guard end == bytes.count else { throw BSONError(.trailingBytes, offset: end) }
        return RawDocument(base)
    }
}
