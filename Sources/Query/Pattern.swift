internal import BSON
internal import CPCRE2
internal import Synchronization

/// A regular expression, compiled once: Perl's, as MongoDB has them, over UTF-8.
///
/// What one match may cost is limited: a pattern that backtracks without end stops its query with an error.
// Sendable: the code and its context are written in `init` alone, and PCRE2 only reads them when it matches; memory of a
// match is taken out of `spare` by one thread at a time.
final class Pattern: @unchecked Sendable {
    let source: String
    /// Sorted, as BSON wants them.
    let options: String
    private let code: OpaquePointer
    private let context: OpaquePointer
    /// Memory for a match, kept from one to the next; 0 while it is in use.
    private let spare = Atomic<UInt>(0)

    /// - Throws: what is wrong with the pattern, by PCRE2's word.
    init(_ source: String, options: String, limits: QueryLimits, place: String) throws(QueryError) {
        let flags = try Self.flags(options, place)
        guard source.utf8.count <= limits.patternBytes else {
            throw QueryError(
                .limitExceeded(.patternBytes), at: place,
                "the regular expression has more than \(limits.patternBytes) bytes", mend: "write a shorter one")
        }
        guard !source.utf8.contains(0) else {
            throw QueryError(.badValue, at: place, "a regular expression has no zero byte", mend: "write \\x00")
        }
        var problem: Int32 = 0
        var offset = 0
        var text = source
        let compiled = text.withUTF8 { bytes in
            pcre2_compile_8(bytes.baseAddress, bytes.count, flags, &problem, &offset, nil)
        }
        guard let compiled else {
            throw QueryError(
                .badValue, at: place, "the regular expression is wrong at byte \(offset): \(Self.message(problem))",
                mend: "mend it there")
        }
        guard let context = pcre2_match_context_create_8(nil) else {
            pcre2_code_free_8(compiled)
            throw QueryError(
                .limitExceeded(.patternMemoryBytes), at: place, "there is no memory for the regular expression")
        }
        pcre2_set_match_limit_8(context, UInt32(clamping: limits.patternSteps))
        pcre2_set_depth_limit_8(context, UInt32(clamping: limits.patternDepth))
        pcre2_set_heap_limit_8(context, UInt32(clamping: limits.patternMemoryBytes / 1024))
        self.source = source
        self.options = String(options.sorted())
        self.context = context
        code = compiled
    }

    deinit {
        if let data = OpaquePointer(bitPattern: spare.load(ordering: .relaxed)) { pcre2_match_data_free_8(data) }
        pcre2_match_context_free_8(context)
        pcre2_code_free_8(code)
    }

    /// Whether a value is a text in which the pattern matches, or the same regular expression.
    func fits(_ value: RawValue?) throws(QueryError) -> Bool {
        if let text = value?.utf8 { return try matches(text) }
        guard let regex = value?.regex else { return false }
        return regex.pattern.elementsEqual(source.utf8) && regex.options.elementsEqual(options.utf8)
    }

    /// Whether the pattern matches anywhere in the text.
    func matches(_ text: UnsafeRawBufferPointer) throws(QueryError) -> Bool {
        try withMatch(text, from: 0) { _ in true } ?? false
    }

    /// The first match from `start` on: the bytes of the whole, then of each group; `nil` where a group took no part.
    func captures(_ text: UnsafeRawBufferPointer, from start: Int = 0) throws(QueryError) -> [Range<Int>?]? {
        try withMatch(text, from: start) { data in
            let count = Int(pcre2_get_ovector_count_8(data))
            guard let places = pcre2_get_ovector_pointer_8(data) else { return [] }
            return (0..<count).map { group in
                let (low, high) = (places[2 * group], places[2 * group + 1])
                // PCRE2_UNSET is -1 here.
                return low < 0 || high < low ? nil : low..<high
            }
        }
    }

    private func withMatch<R>(_ text: UnsafeRawBufferPointer, from start: Int, _ body: (OpaquePointer) -> R)
        throws(QueryError) -> R?
    {
        let kept = OpaquePointer(bitPattern: spare.exchange(0, ordering: .acquiring))
        guard let data = kept ?? pcre2_match_data_create_from_pattern_8(code, nil) else {
            throw Self.exceeded(.patternMemoryBytes, "there is no memory to match a regular expression")
        }
        defer {
            let (stored, _) = spare.compareExchange(
                expected: 0, desired: UInt(bitPattern: data), ordering: .releasing)
            if !stored { pcre2_match_data_free_8(data) }
        }
        let result = pcre2_match_8(
            code, text.assumingMemoryBound(to: UInt8.self).baseAddress, text.count, start, 0, data, context)
        switch result {
        case 0...: return body(data)
        case PCRE2_ERROR_MATCHLIMIT:
            throw Self.exceeded(.patternSteps, "a regular expression takes too many steps to match")
        case PCRE2_ERROR_DEPTHLIMIT:
            throw Self.exceeded(.patternDepth, "a regular expression goes back too deep to match")
        case PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_NOMEMORY:
            throw Self.exceeded(.patternMemoryBytes, "a regular expression takes too much memory to match")
        // No match, or bytes that are no text.
        default: return nil
        }
    }

    private static func exceeded(_ limit: QueryError.Limit, _ reason: String) -> QueryError {
        QueryError(
            .limitExceeded(limit), at: "limits.\(limit.rawValue)", reason,
            mend: "write one that backtracks less")
    }

    private static func flags(_ options: String, _ place: String) throws(QueryError) -> UInt32 {
        var flags = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C
        for option in options {
            switch option {
            case "i": flags |= PCRE2_CASELESS
            case "m": flags |= PCRE2_MULTILINE
            case "s": flags |= PCRE2_DOTALL
            case "x": flags |= PCRE2_EXTENDED
            default:
                throw QueryError(
                    .badValue, at: place, "\(option) is no option of a regular expression", mend: "use i, m, s and x")
            }
        }
        return flags
    }

    private static func message(_ code: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let count = pcre2_get_error_message_8(code, &text, text.count)
        return String(decoding: text.prefix(max(0, Int(count))), as: UTF8.self)
    }
}
