import CBSON

/// What libbson says of some bytes. (`bson_t` itself is aligned in a way Swift does not import, so it stays behind pointers.)
enum Oracle {
    private static func withDocument<R>(_ bytes: [UInt8], _ body: (OpaquePointer) -> R?) -> R? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let document = bson_new_from_data(buffer.baseAddress, buffer.count) else { return nil }
            defer { bson_destroy(document) }
            return body(document)
        }
    }

    static func isValid(_ bytes: [UInt8]) -> Bool {
        let flags = bson_validate_flags_t(BSON_VALIDATE_UTF8.rawValue | BSON_VALIDATE_UTF8_ALLOW_NULL.rawValue)
        return withDocument(bytes) { bson_validate($0, flags, nil) } ?? false
    }

    /// `bson_validate` lets strings through that are no UTF-8, so they are asked about by themselves.
    static func isUTF8(_ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { buffer in
            buffer.withMemoryRebound(to: CChar.self) { bson_utf8_validate($0.baseAddress, $0.count, true) }
        }
    }

    /// Canonical Extended JSON.
    static func json(_ bytes: [UInt8]) -> String? {
        withDocument(bytes) { document in
            guard let text = bson_as_canonical_extended_json(document, nil) else { return nil }
            defer { bson_free(text) }
            return String(cString: text)
        }
    }

    static func bytes(json: String) -> [UInt8]? {
        var failure = bson_error_t()
        guard let document = bson_new_from_json(json, -1, &failure) else { return nil }
        defer { bson_destroy(document) }
        return bytes(of: document)
    }

    static func bytes(of document: OpaquePointer) -> [UInt8]? {
        guard let start = bson_get_data(document) else { return nil }
        let count = UnsafeRawPointer(start).loadUnaligned(as: Int32.self)
        return [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }
}
