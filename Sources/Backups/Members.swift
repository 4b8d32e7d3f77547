internal import BSON
internal import EventLog

/// The members of a JSON object that we wrote, read strictly.
struct Members {
    private let members: [String: Value]
    let path: String

    init(_ document: Document, path: String) {
        members = Dictionary(document.pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        self.path = path
    }

    func problem(_ name: String) -> BackupError { .damaged(path: path, problem: "\(name) is not what it should be") }

    func optionalText(_ name: String) throws(BackupError) -> String? {
        switch members[name] {
        case nil: return nil
        case .string(let text)?: return text
        default: throw problem(name)
        }
    }

    func text(_ name: String) throws(BackupError) -> String {
        guard let text = try optionalText(name) else { throw problem(name) }
        return text
    }

    func count(_ name: String) throws(BackupError) -> UInt64 {
        switch members[name] {
        case .int32(let number)? where number >= 0: return UInt64(number)
        case .int64(let number)? where number >= 0: return UInt64(number)
        default: throw problem(name)
        }
    }

    func size(_ name: String) throws(BackupError) -> Int { Int(clamping: try count(name)) }

    func digest(_ name: String) throws(BackupError) -> Digest32 {
        guard let digest = Digest32(hex: try text(name)) else { throw problem(name) }
        return digest
    }

    func digest16(_ name: String) throws(BackupError) -> Digest16 {
        guard let digest = Digest16(hex: try text(name)) else { throw problem(name) }
        return digest
    }

    func time(_ name: String) throws(BackupError) -> DateTime {
        guard let time = DateTime(rfc3339: try text(name)) else { throw problem(name) }
        return time
    }

    func base64(_ name: String) throws(BackupError) -> [UInt8] {
        guard let bytes = Array(try text(name).utf8).withUnsafeBytes({ Base64.decode($0) }) else { throw problem(name) }
        return bytes
    }

    func list(_ name: String) throws(BackupError) -> [Members] {
        guard case .array(let elements)? = members[name] else { throw problem(name) }
        var list: [Members] = []
        for element in elements {
            guard case .document(let document) = element else { throw problem(name) }
            list.append(Members(document, path: path))
        }
        return list
    }

    func has(_ name: String) -> Bool { members[name] != nil }
}

extension Value {
    static func count(_ number: UInt64) -> Value { .int64(Int64(clamping: number)) }

    static func base64(_ bytes: UnsafeRawBufferPointer) -> Value {
        var text: [UInt8] = []
        Base64.encode(bytes, into: &text)
        return .string(String(decoding: text, as: UTF8.self))
    }
}
