internal import BSON

/// A cursor as text that says nothing to those who carry it: base64 of a document, for a URL.
extension FindCursor {
    private static let version: Int32 = 1
    /// No key of the engine comes near.
    private static let mostBytes = 1 << 20

    public var text: String {
        var document: Document = ["v": .int32(Self.version), "q": .int64(Int64(bitPattern: digest))]
        switch way {
        case .collection(let isBackward): document.append("c", .bool(isBackward))
        case .index(let name, let isBackward):
            document.append("i", .string(name))
            document.append("c", .bool(isBackward))
        case .sorted: break
        }
        switch place {
        case .entry(let key): document.append("e", .binary(0, key))
        case .sortKey(let key): document.append("s", .binary(0, key))
        }
        if let left { document.append("l", .int64(Int64(left))) }
        if let position { document.append("p", .int64(Int64(bitPattern: position))) }
        return Base64URL.encode(document.bytes)
    }

    /// - Throws: `badCursor` where the text is none.
    public init(_ text: String) throws(QueryError) {
        guard text.utf8.count <= Self.mostBytes, let bytes = Base64URL.decode(text) else { throw Self.unreadable }
        let document: Document
        do throws(BSONError) {
            document = try bytes.withRawBytes { (bytes) throws(BSONError) in try Document(validating: bytes) }
        } catch {
            throw Self.unreadable
        }
        guard document["v"] == .int32(Self.version), case .int64(let digest)? = document["q"] else {
            throw Self.unreadable
        }
        self.digest = UInt64(bitPattern: digest)
        switch (document["i"], document["c"], document["e"], document["s"]) {
        case (nil, .bool(let isBackward)?, .binary(_, let key)?, nil):
            (way, place) = (.collection(isBackward: isBackward), .entry(key))
        case (.string(let name)?, .bool(let isBackward)?, .binary(_, let key)?, nil):
            (way, place) = (.index(name, isBackward: isBackward), .entry(key))
        case (nil, nil, nil, .binary(_, let key)?): (way, place) = (.sorted, .sortKey(key))
        default: throw Self.unreadable
        }
        switch document["l"] {
        case nil: left = nil
        case .int64(let count)? where count > 0: left = Int(count)
        default: throw Self.unreadable
        }
        switch document["p"] {
        case nil: position = nil
        case .int64(let number)?: position = UInt64(bitPattern: number)
        default: throw Self.unreadable
        }
    }

    private static var unreadable: QueryError {
        QueryError(.badCursor, at: "cursor", "this is no cursor", mend: "give back what the last answer gave, whole")
    }
}

/// Base64 for URLs, without padding (RFC 4648 section 5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 3 * 4 + 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
            for place in 0...count { text.append(alphabet[Int(group >> UInt32(18 - 6 * place) & 63)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for what is none, or has bits left over.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for character in text.utf8 {
            guard let sextet = sextet(character) else { return nil }
            bits = bits << 6 | sextet
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= 1 << count - 1
            }
        }
        return count < 6 && bits == 0 ? bytes : nil
    }

    private static func sextet(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
